/** The sections on when calls come, who takes them, which are answered, and what follows a miss. */
import type { Report, Source } from "../../Report.js"
import * as Words from "../../Words.js"
import * as findings from "../report/findings.js"
import * as periods from "../report/periods.js"
import * as charts from "./charts.js"
import { html, name, nothing, prose } from "./html.js"
import {
  data,
  dated,
  definition,
  durationCells,
  durationHead,
  legend,
  type Section,
  section,
  table,
  title
} from "./section.js"
import * as timeCharts from "./timeCharts.js"

export const hours = (source: Source, report: Report, id: string): Section => {
  const finding = findings.hours(source)
  const most = Math.max(0, ...source.hours.map(({ incomingPerHour }) => incomingPerHour ?? 0))
  const all = Array.from({ length: 24 }, (_, hour) => hour)
  return section({
    id: `${id}-hours`,
    of: id,
    topic: "When calls come",
    finding,
    ...(source.totals.incoming < 2 ? {} : { chart: timeCharts.week(title(finding), source.hours) }),
    caption: most === 0 ? `Incoming is what is ${Words.listed(report.rules.incoming, "or")}.` : (
      `Incoming calls an hour by weekday and hour of ${report.zone}${
        source.totals.incoming < 2 ? "" : `: the stronger the colour the more, ${Words.decimal(most)} at most`
      }. Each hour is divided by how often it came from the first to the last day with calls, so that days of 23 and 25 ` +
      "hours compare."
    ),
    after: most === 0 ? nothing : data(
      "incoming calls an hour",
      table({
        caption: "Incoming calls an hour",
        head: ["hour", ...[1, 2, 3, 4, 5, 6, 7].map((weekday) => Words.weekday(weekday).slice(0, 3))],
        rows: all.map((hour) => [
          Words.hour(hour),
          ...source.hours.filter((cell) => cell.hour === hour).map(({ incomingPerHour }) =>
            Words.decimal(incomingPerHour)
          )
        ])
      })
    )
  })
}

export const agents = (source: Source, id: string): Section => {
  const finding = findings.agents(source)
  const people = source.agents.rows.filter(({ name }) => name !== null)
  const shown = findings.top(source.agents.rows, ({ name }) => name === null)
  return section({
    id: `${id}-agents`,
    of: id,
    topic: "Calls by agent",
    finding,
    ...(people.length === 0 || shown.length < 2 ? {} : {
      chart: charts.bars(
        title(finding),
        shown.map((row) => ({
          label: row.name ?? "(nobody named)",
          value: row.calls,
          figures: [Words.count(row.calls), Words.duration(row.talkSeconds)],
          says: [
            Words.many(row.calls, "call"),
            `${Words.percent(row.calls / source.totals.calls)} of all`,
            `${Words.duration(row.talkSeconds)} of talk`
          ],
          quiet: row.name === null
        })),
        source.totals.calls
      )
    }),
    caption: people.length === 0
      ? "No call holds the id or the name of an agent."
      : prose(
        `${
          shown.length < 2
            ? ""
            : "Calls of any direction and outcome, and the talk time of the answered and transferred ones. A full track is " +
              "all calls. "
        }${definition("calls_by_agent", "A call counts for")}${
          source.agents.agents > findings.mostBars - 1
            ? ` The ${findings.mostBars - 1} with most calls, of ${Words.many(source.agents.agents, "agent")}.`
            : ""
        }`
      ),
    after: data(
      "agents",
      table({
        caption: "Calls by agent",
        head: ["agent", "incoming", "answered", "answer rate", "outgoing", ...durationHead],
        rows: source.agents.rows.map((row) => [
          row.name === null ? "(nobody named)" : name(row.name),
          Words.count(row.incoming),
          Words.count(row.answered),
          Words.percent(row.answerRate),
          Words.count(row.outgoing),
          ...durationCells(row)
        ])
      })
    )
  })
}

export const answers = (source: Source, report: Report, id: string): Section => {
  const finding = findings.answers(source, report)
  const { answered, counted, incoming, known, outcomes } = source.answers
  const { grain, rows } = periods.answers(source, 60)
  const changing = rows.filter(({ rate }) => rate !== null).length > 2
  const shown = outcomes.slice(0, findings.mostBars)
  const left = rows.some(({ rate, solid }) => rate !== null && !solid)
  return section({
    id: `${id}-answers`,
    of: id,
    topic: "Who is answered",
    finding,
    ...(known === 0 || (shown.length < 2 && !changing) ? {} : {
      chart: html`${
        shown.length < 2 ? nothing : html`${
          charts.bars(
            title(finding),
            shown.map((row) => ({
              label: row.outcome,
              value: row.calls,
              figures: [Words.percent(row.calls / incoming), Words.count(row.calls)],
              says: [`${Words.percent(row.calls / incoming)} of incoming calls`, Words.many(row.calls, "call")],
              quiet: !row.answered
            })),
            incoming
          )
        }${legend(["counted", "counts as answered"], ["other", "does not"])}`
      }${
        changing
          ? html`<p class="note lead">The answer rate ${grain === "day" ? "day by day" : `${grain} by ${grain}`}:</p>${
            timeCharts.rate("The answer rate over time", grain, rows)
          }`
          : nothing
      }`
    }),
    caption: incoming === 0
      ? `Incoming is what is ${Words.listed(report.rules.incoming, "or")}.`
      : known === 0
      ? "None of the incoming calls has an outcome that is known."
      : [
        `Shares are of all incoming calls. The answer rate is ${Words.count(answered)} answered of ${
          Words.count(counted)
        } with a known outcome${
          findings.leftOut(report)
        }: any but answered ones count against it, blocked and failed ones too${
          report.rules.uncounted.length === 0 ? "" : " unless they are left out"
        }, and unknown ones are on neither side.`,
        `Incoming is ${Words.listed(report.rules.incoming, "or")}; answered is ${
          Words.listed(report.rules.answered, "or")
        }.`,
        ...(changing && left ? [`${periods.hollow(grain)} ${periods.partMeaning(grain)}`] : []),
        ...(shown.length < 2 ? [] : ["A full track is all incoming calls."])
      ].join(" "),
    ...(incoming === 0 ? {} : {
      after: data(
        "answers",
        table({
          caption: "Incoming calls by outcome",
          head: ["outcome", "calls", "share of incoming", "counts as answered"],
          rows: outcomes.slice(0, 50).map((row) => [
            name(row.outcome),
            Words.count(row.calls),
            Words.percent(row.calls / incoming),
            row.answered ? "yes" : "no"
          ])
        }),
        table({
          caption: grain === "day" ? "Answer rate by day" : `Answer rate by ${grain}`,
          head: [grain === "day" ? "day" : `${grain} from`, "counted", "answered", "rate"],
          rows: rows.map((row) => [
            dated(row),
            Words.count(row.counted),
            Words.count(row.answered),
            Words.percent(row.rate)
          ])
        })
      )
    })
  })
}

export const followup = (source: Source, report: Report, id: string): Section => {
  const finding = findings.followup(source, report)
  const { callers, misses, open, p50Seconds, p90Seconds, unreachable, within } = source.followup
  const states = periods.followup(source, report)
  return section({
    id: `${id}-followup`,
    of: id,
    topic: "Who was missed",
    finding,
    ...(callers === 0 ? {} : {
      lead: p50Seconds === null
        ? `${Words.many(callers, "caller")} ${callers === 1 ? "was" : "were"} missed, in ${Words.many(misses, "call")}.`
        : `From the first miss until you reached them: median ${Words.span(p50Seconds)}, 90th percentile ${
          Words.span(p90Seconds)
        }.`,
      chart: html`${
        charts.bars(
          title(finding),
          states.map((row) => ({
            label: row.name,
            value: row.callers,
            figures: [Words.percent(row.callers / callers), Words.count(row.callers)],
            says: [`${Words.percent(row.callers / callers)} of missed callers`, Words.many(row.callers, "caller")],
            quiet: !row.good
          })),
          callers
        )
      }${legend(["counted", "reached in time, or answered when they called again"], ["other", "neither"])}`
    }),
    caption: callers === 0
      ? prose(definition("missed_followup", "A miss is"))
      : prose(
        `Shares are of ${Words.many(callers, "missed caller")}, from ${
          Words.many(misses - unreachable, "missed call")
        }; a full track is all of them. ${definition("missed_followup", "Misses from one number")} ${
          definition("missed_followup", "A caller is reached")
        }${
          unreachable === 0 ?
            "" :
            ` ${Words.many(unreachable, "miss", "misses")} without a number to call back ${
              unreachable === 1 ? "is" : "are"
            } in no share.`
        }`
      ),
    ...(callers === 0 ? {} : {
      after: html`${
        open === null ? nothing : table({
          caption: "Neither reached nor answered, the latest first",
          head: ["number", "name", "misses", "attempts", "first miss", "last miss", "state"],
          rows: open.map((row) => [
            name(row.contactNumber ?? ""),
            row.contactName === null ? Words.none : name(row.contactName),
            Words.count(row.misses),
            Words.count(row.tries),
            Words.instant(row.missedAt, report.zone),
            Words.instant(row.lastMissedAt, report.zone),
            row.state
          ])
        })
      }${
        data(
          "follow-up",
          table({
            caption: "Missed callers",
            head: ["what became of it", "missed callers", "share"],
            rows: states.map((row) => [row.name, Words.count(row.callers), Words.percent(row.callers / callers)])
          }),
          table({
            caption: "How fast you reached them",
            head: ["reached within", "missed callers", "share"],
            rows: within.map((row) => [
              Words.duration(row.hours * 3600),
              Words.count(row.callers),
              Words.percent(row.callers / callers)
            ])
          })
        )
      }`
    })
  })
}

export const repeats = (source: Source, report: Report, id: string): Section => {
  const finding = findings.repeats(source, report)
  const { again, calls, callers, soon, spread, top } = source.repeats
  const rows = spread.map((row) => ({
    ...row,
    label: row.to === null ?
      `${row.from} calls or more` :
      row.to === row.from ?
      `${row.from} calls` :
      `${row.from} to ${row.to} calls`
  }))
  return section({
    id: `${id}-repeats`,
    of: id,
    topic: "Who calls again",
    finding,
    ...(again === 0 ? {} : {
      lead: `${Words.count(again)} of ${Words.many(callers, "caller")} called twice or more, ${
        Words.count(soon)
      } of them within ${Words.days(report.rules.repeatDays)} of a call before.`,
      chart: charts.bars(
        title(finding),
        rows.map((row) => ({
          label: row.label,
          value: row.callers,
          figures: [Words.many(row.callers, "caller")],
          says: [Words.many(row.callers, "caller"), `${Words.percent(row.callers / again)} of those who called again`]
        })),
        again
      )
    }),
    caption: prose(
      `${
        again === 0
          ? ""
          : "Callers by how often they called in all that was read. A full track is all who called twice or more. "
      }${definition("repeat_callers", "A caller is")} ${
        definition("repeat_callers", "Counted are").replace("; answered as in `answer_rate`", "")
      }`
    ),
    ...(again === 0 ? {} : {
      after: html`${
        top === null ? nothing : table({
          caption: "Who called most",
          head: ["number", "name", "calls", "answered", "repeats", "last call"],
          rows: top.map((row) => [
            name(row.contactNumber),
            row.contactName === null ? Words.none : name(row.contactName),
            Words.count(row.calls),
            Words.count(row.answered),
            Words.count(row.repeats),
            Words.instant(row.lastAt, report.zone)
          ])
        })
      }${
        data(
          "callers",
          table({
            caption: `Callers who called twice or more, with ${Words.many(calls, "call")}`,
            head: ["incoming calls", "callers", "share of callers"],
            rows: rows.map((row) => [row.label, Words.count(row.callers), Words.percent(row.callers / callers)])
          })
        )
      }`
    })
  })
}
