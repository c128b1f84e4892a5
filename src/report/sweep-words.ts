import { counted } from '../core/text.ts'
import { formatMs, formatRate } from './format.ts'
import { html, type Markup } from './html.ts'
import type { SweptLevel } from './describe-sweep.ts'
import { type Entry, errorsOf, type Group, rateOf, timesOf } from './sweep-groups.ts'
import { interruptionText, machineLimits, mostLittle } from './sweep.ts'

/** A load in a sentence: `8 in flight`, `2/s`. */
export const loadWords = ({ level, label }: Entry): string =>
  'rate' in level.load ? `${level.load.rate} requests/s` : `${label} in flight`

/** Groups of which the verdict speaks; the tables have them all. */
const mostSpoken = 3

/** What came of a sweep, in a few sentences: a paragraph for each group that is spoken of. */
export function verdictOf(groups: readonly Group[]): Markup[] {
  const entries = groups.flatMap((group) => group.entries)
  const spoken = groups.slice(0, mostSpoken)
  const left = groups.length - spoken.length
  const more = left > 0 ? `${left} more are in the tables below. ` : null
  const ending = html`${more}${failuresText(entries)}${limitsText(entries)}`
  if (groups.length === 1) return spoken.map((group) => html`${groupVerdict(group, false)} ${ending}`)
  return [...spoken.map((group) => groupVerdict(group, true)), ending]
}

function groupVerdict({ called, entries, knee, best }: Group, named: boolean): Markup {
  const name = named
    ? html`<strong class="of">${called.slice(0, 1).toUpperCase()}${called.slice(1)}</strong>: `
    : null
  if (best === null) return html`${name}No level says anything of the endpoint.`
  const most = html`<strong>${rateOf(best).toFixed(rateOf(best) < 10 ? 2 : 1)} answers/s</strong>`
  if (entries.filter(({ isRanked }) => isRanked).length === 1)
    return html`${name}With ${loadWords(best)} it gave ${most} and ${tokensText(best)}; the median TTFT was
    ${ttftText(best)}.`
  if (knee === null)
    return html`${name}Throughput grew up to the ${best === entries.at(-1) ? 'highest load' : 'best level'},
    ${loadWords(best)}: ${most} and ${tokensText(best)}, with a median TTFT of ${ttftText(best)}.`
  return html`${name}Beyond <strong>${loadWords(knee)}</strong> more load brings little:
    ${rateOf(knee).toFixed(1)} answers/s there with a median TTFT of ${ttftText(knee)}, and at most ${most},
    with ${loadWords(best)} and ${ttftText(best)}.`
}

const tokensText = ({ report }: Entry): string =>
  `${formatRate(report?.throughput.outputTokensPerS ?? null)} tokens/s`

const ttftText = ({ report }: Entry): Markup =>
  html`<strong>${formatMs(report === null ? null : (timesOf(report).ttftMs.p50?.value ?? null))}</strong>`

function failuresText(entries: readonly Entry[]): string {
  const n = entries.reduce((sum, { report }) => sum + (report?.n ?? 0), 0)
  const failed = entries.reduce((sum, { report }) => sum + errorsOf(report), 0)
  const warmups = entries.flatMap(({ level }) => level.failures).reduce((sum, each) => sum + each.warmups, 0)
  if (n === 0)
    return `No request that counts was made${warmups > 0 ? `, and ${warmups} that warmed up failed` : ''}. `
  return failed === 0
    ? `None of ${counted(n, 'request')} failed. `
    : `${failed} of ${counted(n, 'request')} failed. `
}

function limitsText(entries: readonly Entry[]): string {
  const reports = entries.flatMap(({ report }) => (report === null ? [] : [report]))
  const limited = reports.filter((report) => machineLimits(report).length > 0).length
  const interrupted = reports.filter((report) => interruptionText(report) !== null).length
  const which = (n: number) => `${n === 1 ? '1 level' : `${n} levels`} of ${entries.length}`
  return [
    ...(limited > 0 ? [`At ${which(limited)} this machine was the limit: not ranked.`] : []),
    ...(interrupted > 0
      ? [`${which(interrupted)} ${interrupted === 1 ? 'was' : 'were'} interrupted: not ranked.`]
      : []),
  ].join(' ')
}

/** What is to be known before the figures of this very sweep are believed. */
export function doubtsOf(groups: readonly Group[], levels: readonly SweptLevel[]): Markup[] {
  const found = groups.flatMap((group) =>
    group.entries.flatMap((entry) =>
      levelDoubts(entry).map((doubt) => ({
        doubt,
        of: groups.length > 1 ? `${group.called}, ${loadWords(entry)}` : loadWords(entry),
      })),
    ),
  )
  const doubts = [...Map.groupBy(found, ({ doubt }) => doubt)].map(([doubt, some]) => {
    const named = some.slice(0, mostNamed).map(({ of }) => of)
    const more = some.length > named.length ? ` and ${some.length - named.length} more` : ''
    return html`<strong class="of">${named.join('; ')}${more}:</strong> ${doubt}`
  })
  const closed = levels.some(({ load }) => 'concurrency' in load)
  const open = levels.some(({ load }) => 'rate' in load)
  return [
    ...doubts,
    ...(closed ? [html`<strong>A closed loop is blind to waiting.</strong> ${blindness}`] : []),
    ...(open ? [html`<strong>Intervals of a busy queue are too narrow.</strong> ${resemblance}`] : []),
    html`<strong>Percentiles of few requests.</strong> An interval whose end is “?” or dotted is open there:
      with fewer than 368 requests a p99 has no upper end, with fewer than 72 a p95.`,
    html`<strong>One machine, one way, one hour.</strong> Another region or time may differ by more than any
      interval here.`,
  ]
}

/** Levels that a doubt names. */
const mostNamed = 6

const blindness =
  'While the endpoint stands still its clients send nothing, so that one request is slow where users would have met many. An open loop (--rate) counts from when requests were due.'
const resemblance = 'They take requests as independent; waits in a queue resemble their neighbours.'

function levelDoubts({ report, level }: Entry): string[] {
  if (report === null) return ['none of its requests that count was made.']
  const { window, throughput, load } = report
  const limits = machineLimits(report)
  const interruption = interruptionText(report)
  const isClosed = !('rate' in load)
  const isOff = Math.abs(throughput.littleError ?? 0) > mostLittle
  return [
    ...(level.notMade > 0 ? ['not all of its calls were made.'] : []),
    ...(limits.length > 0
      ? [
          `this machine was the limit (${limits.join(', ')}). The figures are not the endpoint’s, and the level is not ranked.`,
        ]
      : []),
    ...(interruption === null
      ? []
      : [`${interruption}. The time between is in its rates, and the level is not ranked.`]),
    ...(isClosed && window === null
      ? [
          'no steady window. Rates are of the whole level, with filling and draining, and so too low; ten requests a client or more give one.',
        ]
      : []),
    ...(isClosed && isOff ? ['Little’s law is off by more than 2 %: too short, or not steady.'] : []),
  ]
}

/** What the words of a report mean. */
export const definitions: readonly [word: string, meaning: string][] = [
  [
    'due, sent',
    'In an open loop a request is due when its schedule says, and sent when it is written to its open socket. Times count from when it was due, as a user would; in a closed loop from when it was sent.',
  ],
  ['TTFT', 'Time to first token: the first text of any kind, reasoning included. Connecting is not in it.'],
  ['latency', 'To the end of the answer.'],
  ['TPOT', 'Time per output token after the first.'],
  [
    'gap (ITL)',
    'Time between two reads of a stream that brought tokens. A request gives its median gap and its 95th percentile.',
  ],
  [
    'p50, p95, p99',
    'Percentiles of the requests that succeeded, warm-ups left out, by linear interpolation. Brackets and whiskers are the order statistics that enclose them with 95 % confidence.',
  ],
  [
    'answers/s, tokens/s',
    'Answers that ended, and their tokens, per second: over the steady window of a closed loop if there is one, else over the whole level.',
  ],
  [
    'steady window',
    'The longest stretch with at least 90 % of a closed loop in flight, less one mean request at its beginning.',
  ],
  [
    'knee',
    'The lowest load above which more load never brings half as much more throughput, by their ratios. Levels that this machine limited are not asked.',
  ],
  ['good', 'A request that met every objective of --slo. A failure meets none. The interval is Wilson’s.'],
  [
    'Little',
    'By Little’s law the mean in flight is throughput times mean time in the system: how far that is off.',
  ],
  ['late', 'Sent minus due.'],
  [
    'queue-free',
    'About the TTFT of a request that nobody kept waiting: the 5th percentile of TTFT from when it was sent. Too high where all had to wait.',
  ],
  ['loop lag', 'How late timers of this machine were while a request was in flight, 99th percentile.'],
]
