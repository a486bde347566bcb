/** The distributions of telephone traffic, as tables of whole numbers: logarithms differ between machines. */
import { day, hour, minute } from "./time.js"

/** Quantiles of a log-normal with sigma 0.8 and median 1024. */
const logNormal = [
  [131, 183, 231, 268, 300, 329, 357, 383, 408, 432, 456, 480, 504, 527, 550, 574, 597, 621, 644, 668],
  [693, 717, 742, 768, 794, 820, 847, 875, 903, 932, 962, 992, 1024, 1057, 1090, 1125, 1161, 1199, 1238, 1279],
  [
    1321,
    1366,
    1413,
    1462,
    1514,
    1569,
    1628,
    1690,
    1757,
    1828,
    1906,
    1990,
    2082,
    2184,
    2298,
    2425,
    2571,
    2739,
    2940,
    3184
  ],
  [3494, 3913, 4542, 5729, 8018]
].flat()

/** Quantiles of an exponential with mean 1024. */
const exponential = [
  [0, 16, 33, 49, 66, 83, 101, 119, 137, 155, 174, 193, 213, 233, 253, 273, 295, 316, 338, 361],
  [384, 407, 431, 456, 481, 507, 534, 561, 589, 618, 648, 678, 710, 742, 776, 811, 847, 884, 922, 963],
  [
    1004,
    1048,
    1093,
    1141,
    1191,
    1244,
    1299,
    1357,
    1420,
    1486,
    1556,
    1632,
    1714,
    1803,
    1901,
    2009,
    2129,
    2266,
    2424,
    2611
  ],
  [2839, 3134, 3549, 4259, 5425]
].flat()

const quantile = (table: ReadonlyArray<number>, drawn: number, scale: number): number => {
  const position = drawn >>> 10
  const cell = position >>> 16
  const low = table[cell] ?? 0
  const high = table[cell + 1] ?? low
  const value = low * 0x10000 + (high - low) * (position & 0xffff)
  return Math.floor((value * scale) / (1024 * 0x10000))
}

/** A random length with this median and a long tail. */
export const lengthOf = (drawn: number, median: number): number => quantile(logNormal, drawn, median)

/** A random pause before the next of many independent events. */
export const pauseOf = (drawn: number, mean: number): number => quantile(exponential, drawn, mean)

/** The weight of each hour of a workday, with less traffic at lunch. */
const workday = [1, 1, 1, 1, 1, 2, 4, 14, 46, 78, 86, 80, 48, 58, 82, 84, 76, 60, 32, 18, 10, 6, 3, 2]

/** The percentage of incoming calls that the team answers, by hour. */
const answered = [5, 4, 4, 4, 4, 6, 12, 40, 78, 88, 89, 86, 58, 70, 86, 87, 84, 72, 45, 28, 18, 12, 8, 6]

/** The traffic of each weekday in percent, from Sunday on. */
const weekdays = [8, 118, 108, 100, 104, 92, 26]

const weekdayOf = (millis: number): number => (((Math.floor(millis / day) + 4) % 7) + 7) % 7

const hourOf = (millis: number): number => ((Math.floor(millis / hour) % 24) + 24) % 24

/** The weight of the hour that holds this instant. */
export const trafficAt = (local: number): number => (workday[hourOf(local)] ?? 1) * (weekdays[weekdayOf(local)] ?? 100)

/** The percentage of callers that the team answers at this instant. */
export const answeredAt = (local: number): number => {
  const weekday = weekdayOf(local)
  const share = answered[hourOf(local)] ?? 50
  return weekday === 0 || weekday === 6 ? Math.floor(share / 3) : share
}

/** Offices and clinics are open from Monday to Friday, from 8 to 18. */
export const isOpen = (local: number): boolean => {
  const weekday = weekdayOf(local)
  return weekday >= 1 && weekday <= 5 && hourOf(local) >= 8 && hourOf(local) < 18
}

/** The next time after this one that they open. */
const openingAfter = (local: number): number => {
  const today = Math.floor(local / day) * day + 8 * hour
  const opening = today > local ? today : today + day
  return isOpen(opening) ? opening : openingAfter(opening)
}

/** This time where they are open then, else some time after they open: most of it within the first two hours. */
export const whenOpen = (local: number, drawn: number): number =>
  isOpen(local) ? local : openingAfter(local) + pauseOf(drawn, 40) * minute
