import type { Calibration, RecordedCalibration } from '../core/calibration.ts'
import { minimumSample } from '../core/statistics.ts'
import { type Column, formatTable, printable } from './format.ts'

/**
 * The clock error of a machine by its latest calibrations, as one line to show with the results of a run with so
 * many streams at once: at that level or the next above, else the highest. Without a calibration it says how to
 * get one if `verbose`, else null.
 */
export function clockErrorLine(
  calibrations: readonly RecordedCalibration[],
  { now, verbose, streams: asked }: { now: Date; verbose: boolean; streams: number },
): string | null {
  const levels = calibrations.toSorted((a, b) => a.concurrency - b.concurrency)
  const latest = levels.find(({ concurrency: level }) => level >= asked) ?? levels.at(-1)
  if (latest === undefined) return verbose ? 'not calibrated here: pnpm tsx scripts/calibrate.ts' : null
  const { concurrency, ttftP95Ms, chunkP99Ms, createdAt } = latest
  const streams = concurrency === 1 ? '1 stream' : `${concurrency} streams`
  const errors = `TTFT p95 ${error(ttftP95Ms)} ms, chunks p99 ${error(chunkP99Ms)} ms at ${streams}`
  return `clock error on this machine: ${errors} (calibrated ${ago(now.getTime() - createdAt.getTime())})`
}

/** An error in ms, to the hundredth. */
const error = (ms: number): string => ms.toFixed(2)

const units = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const

/** An age in the largest unit that fits: `3 days ago`. */
function ago(ms: number): string {
  const [unit, length] = units.find(([, each]) => ms >= each) ?? ['minute', Infinity]
  const count = Math.floor(ms / length)
  return count < 1 ? 'just now' : `${count} ${unit}${count === 1 ? '' : 's'} ago`
}

const columns: Column[] = [
  'STREAMS AT ONCE',
  'TTFT p50',
  'p95',
  'p99',
  'n',
  'CHUNK p50',
  'p95',
  'p99',
  'n',
  'MEASURED IN',
].map((title, index) => ({ title, align: index === 9 ? 'left' : 'right' }))

/** Calibrations as a table, in ms; `~` marks a percentile whose sample is too small. */
export const calibrationTable = (calibrations: readonly Calibration[]): string =>
  formatTable(
    columns,
    calibrations.map((each) => [
      String(each.concurrency),
      ...percentiles([each.ttftP50Ms, each.ttftP95Ms, each.ttftP99Ms], each.streams),
      ...percentiles([each.chunkP50Ms, each.chunkP95Ms, each.chunkP99Ms], each.chunks),
      measuredIn(each),
    ]),
  )

const least = [1, minimumSample.p95, minimumSample.p99]

const percentiles = (values: readonly number[], n: number): string[] => [
  ...values.map((ms, index) => `${n < (least[index] ?? 1) ? '~' : ''}${error(ms)}`),
  String(n),
]

const measuredIn = ({ threads }: Calibration): string =>
  threads === 0 ? 'the main thread' : `${threads} ${threads === 1 ? 'thread' : 'threads'}`

/** The machine and runtime that were measured, as a heading of the table. */
export const calibrationHeading = (
  about: Pick<Calibration, 'host' | 'nodeVersion'> & { cores: number },
): string =>
  `clock error in ms on ${printable(about.host)}, Node ${about.nodeVersion}, ` +
  `${about.cores} ${about.cores === 1 ? 'core' : 'cores'}: from the server's write to our stamp`
