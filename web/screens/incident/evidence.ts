import type { Incident } from '../../api/incident-queries.ts'
import { count, duration, price, tokenRate, usd } from '../../format/numbers.ts'
import { span } from '../../format/time.ts'
import { list, plural, spoken } from '../../format/words.ts'

/** A figure of why an incident opened, and what it rests on. */
export interface Figure {
  head: string
  value: string
  ground: string | null
}

type Evidence = Incident['evidence']

/** What an evidence holds, as texts; null if it does not hold it. */
function readerOf(evidence: Evidence) {
  const number = (key: string, say: (value: number) => string = count): string | null => {
    const value = evidence[key]
    return typeof value === 'number' ? say(value) : null
  }
  const text = (key: string): string | null => {
    const value = evidence[key]
    return typeof value === 'string' ? value : null
  }
  const some = (key: string, say: (value: string | number) => string): string | null => {
    const value = evidence[key]
    return Array.isArray(value) && value.length > 0 ? list(value.map(say)) : null
  }
  const share = (part: string, whole: string, say?: (value: number) => string): string | null => {
    const [n, of] = [number(part, say), number(whole, say)]
    return n === null || of === null ? null : `${n} of ${of}`
  }
  const move = (before: string, after: string): string | null => {
    const [was, is] = [number(before, price), number(after, price)]
    return was === null || is === null ? null : was === is ? is : `${was} → ${is}`
  }
  const time = (key: string) => number(key, sayOf(evidence))
  const kinds = () => some('error_kinds', (kind) => spoken(String(kind)))
  return { number, text, some, share, move, time, kinds }
}

/** How a time of the evidence is written: as tokens a second, if it is ms a token. */
export const sayOf = (evidence: Evidence): ((ms: number) => string) =>
  evidence['metric'] === 'tpot' ? (ms) => tokenRate(1000 / ms) : duration

const times = (ratio: number): string => `${ratio.toFixed(1)}×`
/** A number that a person set, as it was written. */
const asTimes = (ratio: number): string => `${ratio}×`
const percentOf = (share: number): string => `${Number((100 * share).toPrecision(12))} %`
const burning = (burn: number): string => `${times(Math.floor(10 * burn + 1e-9) / 10)} what may be`
const days = (n: number): string => `median of ${plural(n, 'day')}`
const figure = (head: string, value: string | null, ground: string | null = null): Figure[] =>
  value === null ? [] : [{ head, value, ground }]

type Shown = (of: ReturnType<typeof readerOf>) => Figure[]

const failed: Shown = ({ number, kinds }) => [
  ...figure('Failed in a row', number('failures')),
  ...figure('Errors', kinds(), 'latest first'),
]

const shown: Readonly<Record<Incident['kind'], Shown>> = {
  down: failed,
  misconfigured: failed,
  errors: ({ share, kinds }) => [
    ...figure('Failed', share('failed', 'n'), 'of the last checks'),
    ...figure('Errors', kinds(), 'latest first'),
    ...figure('Told from', share('limit_failed', 'limit_n')),
  ],
  slow: ({ number, time, share }) => [
    ...figure(
      'When it opened',
      time('median_ms'),
      number('n', (n) => `median of ${n}`),
    ),
    ...figure(
      'Usual',
      time('p50_ms'),
      number('baseline_n', (n) => `n ${count(n)} · 14 d`),
    ),
    ...figure('Slower', number('ratio', times)),
    ...figure('Usual p95', time('p95_ms')),
    ...figure('Above p95', share('above', 'n'), 'of the last samples'),
    ...figure(
      'Told from',
      number('limit_ratio', asTimes),
      number('worse_ratio', (ratio) => `major from ${asTimes(ratio)}`),
    ),
  ],
  limit: ({ time, some }) => [
    ...figure('Limit', time('limit_ms')),
    ...figure(
      'It took',
      some('recent_ms', (ms) => duration(Number(ms))),
      'latest first',
    ),
  ],
  slo: ({ number, text, share }) => [
    ...figure(
      'Objective',
      number('share', percentOf),
      text('objective') === 'availability' ? 'of the checks' : 'of the answers',
    ),
    ...figure(
      'Within',
      number('within_ms', duration),
      text('objective') === 'latency' ? 'whole answer' : 'first token',
    ),
    ...figure('Bad in 24 hours', share('bad_24h', 'n_24h'), number('burn_24h', burning)),
    ...figure('Bad in 7 days', share('bad_7d', 'n_7d'), number('burn_7d', burning)),
  ],
  drift: ({ number, time }) => [
    ...figure('Of late', time('recent_ms'), number('days', days)),
    ...figure('Before', time('reference_ms'), number('reference_days', days)),
    ...figure('Slower', number('ratio', times)),
    ...figure('Told from', number('limit_ratio', asTimes)),
  ],
  price_change: ({ move, text }) => [
    ...figure('Input', move('input_before', 'input_after'), 'per million tokens'),
    ...figure('Output', move('output_before', 'output_after'), 'per million tokens'),
    ...figure('From', text('source')),
  ],
  model_gone: ({ number }) => [
    ...figure('Listings without it', number('syncs'), 'in a row'),
    ...figure('Told from', number('limit_syncs')),
  ],
  model_swap: ({ number, text }) => [
    ...figure(
      'Answers as',
      text('after'),
      number('n', (n) => plural(n, 'answer')),
    ),
    ...figure('Before as', text('before')),
  ],
  provider_wide: ({ number, share, some }) => [
    ...figure('Down', share('down', 'targets'), 'of its targets'),
    ...figure('Models', some('models', String)),
    ...figure(
      'Told from',
      number('limit_targets', (n) => plural(n, 'target')),
      number('limit_share', (least) => `${percentOf(least)} of all`),
    ),
  ],
  own_outage: () => [],
  silent: ({ number }) => figure('A run is due every', number('limit_ms', span)),
  budget: ({ number, share, text }) => [
    ...figure('Spent', share('usd', 'limit_usd', usd), text('period') && `this ${text('period')}`),
    ...figure(
      'Told from',
      number('limit_share', percentOf),
      number('worse_share', (worse) => `major from ${percentOf(worse)}`),
    ),
  ],
  calibration: ({ number, text }) => [
    ...figure('Off by', number('p99_ms', duration), 'p99'),
    ...figure('At most', number('limit_ms', duration)),
    ...figure('Machine', text('host')),
  ],
}

/** Why an incident opened, in numbers. What its evidence lacks is left out. */
export const figuresOf = ({ kind, evidence }: Pick<Incident, 'kind' | 'evidence'>): Figure[] =>
  shown[kind](readerOf(evidence))
