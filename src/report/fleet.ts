import { type Fleet, type FleetRegion, isFleet } from '../core/fleet.ts'
import { spanText } from '../core/span.ts'
import { minimumSample } from '../core/statistics.ts'
import { type Column, formatMs, formatTable, printable } from './format.ts'
import { minuteOf } from './incidents.ts'

/** A fleet as tables: its regions, its workers, and the lanes of providers. */
export function fleetText(fleet: Fleet): string {
  if (!isFleet(fleet)) return noFleet
  const { regions, lanes } = fleet
  const workers = regions.flatMap(({ region, workers: all }) => all.map((worker) => ({ ...worker, region })))
  return [
    formatTable(regionColumns, regions.map(regionCells)),
    ...(workers.length === 0 ? [] : [formatTable(workerColumns, workers.map(workerCells))]),
    ...(lanes.length === 0 ? [] : [formatTable(laneColumns, lanes.flatMap(laneCells))]),
    ...regions.flatMap(skippedLine),
  ].join('\n\n')
}

const noFleet =
  'there is no fleet: no worker of the last day, no shard of the last hour. pnpm tsx scripts/worker.ts --region NAME starts a worker'

const columnsOf = (titles: readonly string[], numbers: readonly string[]): Column[] =>
  titles.map((title) => ({ title, align: numbers.includes(title) ? 'right' : 'left' }))

const figures = [
  'IN HAND',
  'DUE',
  'OLDEST',
  'LATER',
  'TAKEN',
  'LATE p50',
  'p99',
  'DONE',
  'LOST',
  'LAG',
  'MADE',
  'IN USE',
  'OF',
]
const regionColumns = columnsOf(
  ['REGION', 'WORKERS', 'IN HAND', 'DUE', 'OLDEST', 'LATER', 'TAKEN', 'LATE p50', 'p99', 'DONE', 'LOST'],
  figures,
)
const workerColumns = columnsOf(
  ['WORKER', 'REGION', 'STATE', 'IN HAND', 'LAG', 'MADE', 'LAST BEAT', 'CLOCK ERROR', 'VERSION'],
  figures,
)
const laneColumns = columnsOf(
  ['PROVIDER', 'REGION', 'IN USE', 'OF', 'DUE', 'OLDEST', 'PAUSED UNTIL (UTC)'],
  figures,
)

function regionCells({ region, workers, queue: { due, later, taken }, lately }: FleetRegion): string[] {
  const live = workers.filter(({ state }) => state !== 'silent')
  const sum = (of: 'in_hand' | 'concurrency') => live.reduce((total, worker) => total + worker[of], 0)
  const silent = workers.length - live.length
  return [
    printable(region),
    `${live.length} live${silent === 0 ? '' : `, ${silent} silent`}`,
    `${sum('in_hand')} of ${sum('concurrency')}`,
    String(due.shards),
    ageText(due.oldest_s),
    String(later.shards),
    String(taken.shards),
    ageText(lately.late_p50_s),
    `${lately.begun < minimumSample.p99 && lately.begun > 0 ? '~' : ''}${ageText(lately.late_p99_s)}`,
    String(lately.done),
    String(lately.lost),
  ]
}

const workerCells = (worker: FleetRegion['workers'][number] & { region: string }): string[] => [
  printable(worker.owner),
  printable(worker.region),
  worker.state,
  `${worker.in_hand} of ${worker.concurrency}`,
  formatMs(worker.lag_ms),
  String(worker.made),
  `${ageText(worker.beat_age_s)} ago`,
  worker.calibration === null ? 'not calibrated' : `${worker.calibration.ttft_p95_ms.toFixed(2)} ms`,
  printable(worker.version),
]

const laneCells = ({
  provider,
  lanes,
  is_usual,
  paused_until: until,
  regions,
}: Fleet['lanes'][number]): string[][] =>
  regions.map(({ region, in_use: n, shards_due: due, oldest_due_s: oldest }) => [
    printable(provider),
    printable(region),
    String(n),
    `${lanes}${is_usual ? '' : ' (set)'}`,
    String(due),
    ageText(oldest),
    until === null ? '' : minuteOf(until),
  ])

/** What was skipped in a region, as a line; none if nothing was. */
function skippedLine({ region, lately: { skip_reasons: reasons } }: FleetRegion): string[] {
  const counted = Object.entries(reasons).toSorted(([, a], [, b]) => b - a)
  if (counted.length === 0) return []
  const words = counted.map(([reason, n]) => `${n} ${printable(reason)}`)
  return [`skipped in ${printable(region)}, of the runs of the last hour: ${words.join(', ')}`]
}

const ageText = (s: number | null): string => (s === null ? '-' : spanText(1000 * s))
