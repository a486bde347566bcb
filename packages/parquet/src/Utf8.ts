/**
 * Text that is written piece by piece, as bytes: a million rows as strings are a million strings for the garbage collector.
 *
 * @since 0.1.0
 */

/** UTF-8 takes at most three bytes for a unit of UTF-16, and JSON at most six where it is escaped. */
const mostBytes = 6

/** Units that are written before there is looked for more room. */
const some = 4096

const quote = 0x22
const backslash = 0x5c
const zero = 0x30
const firstPrintable = 0x20

const hex = (digit: number): number => digit < 10 ? zero + digit : 0x57 + digit

/**
 * @since 0.1.0
 * @category models
 */
export class Utf8 {
  /** What is written, and room for more. */
  bytes: Uint8Array
  /** Bytes that are written. */
  length = 0

  /** With room for so many bytes. It grows where that is not enough. */
  constructor(size: number) {
    this.bytes = new Uint8Array(size)
  }

  private reserve(more: number): void {
    const needed = this.length + more
    if (needed <= this.bytes.length) return
    const larger = new Uint8Array(Math.max(needed, 2 * this.bytes.length))
    larger.set(this.bytes.subarray(0, this.length))
    this.bytes = larger
  }

  /** Text that is ASCII, as it is. */
  ascii(text: string): void {
    this.reserve(text.length)
    const { bytes } = this
    let at = this.length
    for (let index = 0; index < text.length; index++) bytes[at++] = text.charCodeAt(index)
    this.length = at
  }

  /** Milliseconds since midnight as `10:00:00.120`. */
  timeOfDay(millis: number): void {
    const seconds = Math.floor(millis / 1000)
    const minutes = Math.floor(seconds / 60)
    const hours = Math.floor(minutes / 60)
    this.reserve(12)
    this.pair(hours)
    this.ascii(":")
    this.pair(minutes % 60)
    this.ascii(":")
    this.pair(seconds % 60)
    this.ascii(".")
    this.bytes[this.length++] = zero + Math.floor(millis % 1000 / 100)
    this.pair(millis % 100)
  }

  private pair(number: number): void {
    this.bytes[this.length++] = zero + Math.floor(number / 10)
    this.bytes[this.length++] = zero + number % 10
  }

  /** A string of JSON, made well-formed. */
  quoted(text: string): void {
    this.ascii("\"")
    let index = 0
    while (index < text.length) {
      const end = Math.min(text.length, index + some)
      // The last unit may be the first half of a character.
      this.reserve((end - index + 1) * mostBytes)
      const { bytes } = this
      let at = this.length
      for (; index < end; index++) {
        const unit = text.charCodeAt(index)
        if (unit < 0x80) {
          if (unit < firstPrintable) {
            bytes[at++] = backslash
            bytes[at++] = 0x75
            bytes[at++] = zero
            bytes[at++] = zero
            bytes[at++] = hex(unit >> 4)
            bytes[at++] = hex(unit & 15)
          } else {
            if (unit === quote || unit === backslash) bytes[at++] = backslash
            bytes[at++] = unit
          }
        } else if (unit < 0x800) {
          bytes[at++] = 0xc0 | unit >> 6
          bytes[at++] = 0x80 | unit & 63
        } else if (unit < 0xd800 || unit > 0xdfff) {
          bytes[at++] = 0xe0 | unit >> 12
          bytes[at++] = 0x80 | unit >> 6 & 63
          bytes[at++] = 0x80 | unit & 63
        } else {
          const low = index + 1 < text.length ? text.charCodeAt(index + 1) : 0
          if (unit < 0xdc00 && low >= 0xdc00 && low <= 0xdfff) {
            const point = 0x10000 + (unit - 0xd800 << 10) + low - 0xdc00
            bytes[at++] = 0xf0 | point >> 18
            bytes[at++] = 0x80 | point >> 12 & 63
            bytes[at++] = 0x80 | point >> 6 & 63
            bytes[at++] = 0x80 | point & 63
            index++
          } else {
            // U+FFFD, as `toWellFormed` has it.
            bytes[at++] = 0xef
            bytes[at++] = 0xbf
            bytes[at++] = 0xbd
          }
        }
      }
      this.length = at
    }
    this.ascii("\"")
  }
}
