import { calmRatio, rules, severityOf } from './rules.ts'
import { type Threshold, thresholds } from './thresholds.ts'
import { kindsInWords, reasonsInWords } from './words.ts'
import { incidentKinds, resolveReasons } from '../core/incident.ts'

/** How often something opens a day with 50 targets, with its 95 % interval. */
export interface AlarmRate {
  perDay: number
  low: number
  high: number
}

/** How a made-up target varies while nothing is wrong with it; all but `phi` and `tail` are of the logarithm. */
export interface Noise {
  name: string
  /** Deviation, and how far each value resembles the one before it. */
  sigma: number
  phi: number
  /** The share of values that are 2 to 10 times as large. */
  tail: number
  /** How far it swings up and down over a day, and how much whole days differ. */
  swing: number
  wobble: number
}

/** What bench/alarms.ts measured: when, and by which command. Shares are of 1. */
export interface MeasuredAlarms {
  measuredOn: string
  command: string
  noises: readonly Noise[]
  /** `spread`: p95 over p50 of what is usual. */
  slow: readonly {
    noise: string
    spread: number
    method: string
    opens: AlarmRate
    steps: readonly { factor: number; share: number; hours: number }[]
  }[]
  /** x2 for 12 days: how many incidents tell it, and the share of the time that one is open. */
  long: readonly { noise: string; incidents: number; open: number }[]
  drift: readonly {
    noise: string
    weeks: number
    opened: number
    /** x1.3 at once, and by so many percent a day. */
    step: FoundDrift
    one: FoundDrift
    two: FoundDrift
  }[]
  failures: readonly { share: number; down: AlarmRate; errors: AlarmRate }[]
}

interface FoundDrift {
  share: number
  days: number | null
}

const table = (titles: readonly string[], rows: readonly (readonly string[])[]): string =>
  [titles, titles.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')

const short = (value: number): string => String(Number(value.toPrecision(2)))
const percent = (share: number): string => `${Number((100 * share).toFixed(1))} %`
const between = ({ perDay, low, high }: AlarmRate): string =>
  `${short(perDay)} (${short(low)} to ${short(high)})`
const found = ({ share, days }: FoundDrift): string =>
  days === null ? percent(share) : `${percent(share)}, day ${days}`

function measuredFigures(measured: MeasuredAlarms): string {
  const { measuredOn, command, noises, slow, long, drift, failures } = measured
  const factors = slow[0]?.steps.map(({ factor }) => factor) ?? []
  return `## How often they err

With the usual numbers (others are not measured), by the functions that judge, over seeded series that resemble no provider in particular: a TTFT of 0.3
to 2 s every 15 minutes. \`${command}\`, ${measuredOn}; \`--series FILE\` judges recorded values (\`time,target,ms\`) instead.

${table(
  ['noise', 'deviation', 'resembles the one before', '2 to 10 times as large', 'over a day', 'between days'],
  noises.map(({ name, sigma, phi, tail, swing, wobble }) => [
    name,
    String(sigma),
    String(phi),
    percent(tail),
    `± ${swing}`,
    String(wobble),
  ]),
)}

\`slow\` beside what others alarm by: how often it opens a day with 50 targets while nothing is wrong (95 % interval), and the share of steps
that it finds within 24 hours, with the median delay.

${table(
  ['noise', 'method', 'false a day', ...factors.map((factor) => `x${factor}`)],
  slow.map(({ noise, method, opens, steps }) => [
    noise,
    method,
    between(opens),
    ...steps.map(({ share, hours }) => (share === 0 ? '0 %' : `${percent(share)}, ${short(hours)} h`)),
  ]),
)}

A target that is twice as slow for 12 days: how many incidents tell it, and for how much of that time one is open.

${table(
  ['noise', 'incidents', 'open'],
  long.map(({ noise, incidents, open }) => [noise, short(incidents), percent(open)]),
)}

\`drift\`: what it finds within 28 days, and the median day.

${table(
  ['noise', 'false', 'x1.3', '+2 % a day', '+1 % a day'],
  drift.map(({ noise, weeks, opened, step, one, two }) => [
    noise,
    `${opened} in ${weeks} target-weeks`,
    found(step),
    found(two),
    found(one),
  ]),
)}

If checks fail by chance, each by itself, a day with 50 targets:

${table(
  ['checks that fail', '`down`', '`errors`'],
  failures.map(({ share, down, errors }) => [percent(share), between(down), between(errors)]),
)}`
}

/** The numbers that firsttoken.yaml may set. */
const numbers = (): string =>
  table(
    ['number', 'usual', 'from', 'to', 'meaning'],
    Object.entries<Readonly<Record<string, Threshold>>>(thresholds).flatMap(([kind, of]) =>
      Object.entries(of).map(([name, { usual, least, most, upTo, about }]) => [
        `\`${kind}.${name}\``,
        ...[usual, least].map(String),
        upTo === null ? String(most) : `${most}, and \`${upTo}\``,
        about,
      ]),
    ),
  )

/** docs/alerts.md, generated from the rules and from what was measured. */
export function alertsPage(measured: MeasuredAlarms): string {
  const kinds = incidentKinds.map((kind) => ({ kind, ...kindsInWords[kind] }))
  const { fresh, flapping, shadow, slow } = rules
  return `# Alerts

<!-- Generated from src/alerts/rules.ts, thresholds.ts and words.ts and bench/alarms/measured.json by \`pnpm tsx scripts/dump-docs.ts\`. -->

An incident is something that is wrong, from when it opens until it is resolved. Of each kind one is open at most for a target in a
region, a model, a provider or the installation.

## How incidents open and end

${table(
  ['kind', 'of', 'severity', 'opens', 'ends'],
  kinds.map(({ kind, of, opens, ends }) => [`\`${kind}\``, of, severityOf[kind], opens, ends]),
)}

Incidents follow from what is recorded, not from counters: judging twice, late or after a restart changes nothing.

- A *check* is a first attempt that succeeded or failed by the provider's fault; a *sample* is what a good one of a scheduled run was timed
  at. Sweeps, warm-ups, whatever ran under our own load, and failures of our own machine are neither.
- No data opens and resolves nothing. Results open nothing after ${fresh.hours} hours, or ${fresh.intervals} intervals of the schedule, or of
  the target if it has its own, if that is longer. A target that was switched off or deleted has its incidents resolved as \`gone\`.
- In maintenance nothing opens or is resolved, and what is recorded then is not counted.
- An outage ends \`errors\`, \`slow\` and \`limit\` of its target as \`superseded\`, which nobody is told, and they do not open during it or by its
  failures. It ends no \`slo\`: what it spent of a budget is spent ([objectives.md](objectives.md)). \`provider_wide\` tells the
  outages of its targets, which are silent from then on.
- \`slow\` and \`drift\` are judged by one series, for TTFT, the whole answer and the time per token (answers of ${slow.tokens} tokens or more), in
  this order. The baseline needs ${slow.baseline.samples} samples of ${slow.baseline.days} days, and leaves out what came while \`slow\` was open. If its
  p95 is more than ${slow.noisy} times its median, the target is too noisy for a message of its own: the digest has it.
- In the first ${shadow.days} days of a target \`slow\` and \`drift\` are shown, and nobody is told.
- A kind that opens ${flapping.openings} times within ${flapping.hours} hours is flapping: the digest alone tells it.
- What was resolved opens again only by something later. A person who resolves \`slow\` accepts a new normal: its baseline begins anew.

Why an incident ended:

${table(
  ['reason', 'meaning'],
  resolveReasons.map((reason) => [`\`${reason}\``, reasonsInWords[reason]]),
)}

What it holds as \`evidence\`:

${table(
  ['kind', 'key', 'meaning'],
  kinds.flatMap(({ kind, evidence }) =>
    Object.entries(evidence).map(([key, meaning]) => [`\`${kind}\``, `\`${key}\``, meaning]),
  ),
)}

## Numbers of your own

\`rules\` of [firsttoken.yaml](config-file.md#rules) sets these, for all targets; the numbers above are the usual ones. A change counts for whatever is judged
from then on, in every process, for what is open too. The evidence of an incident and what is told of it have the numbers that applied.

${numbers()}

What opens at a ratio is over below halfway from it to 1: at 2 it is over below ${calmRatio(2)}.

${measuredFigures(measured)}
`
}
