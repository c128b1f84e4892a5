import { type Fleet, type FleetRegion, workerStates } from '../core/fleet.ts'
import {
  by,
  type Family,
  gauge,
  inSeconds,
  type Labels,
  one,
  type Reading,
  type Sample,
  seconds,
} from './metric-family.ts'

/** What is told of each region of a fleet. */
const ofRegion: readonly Reading<FleetRegion>[] = [
  [
    gauge(
      'fleet_workers',
      'Workers of the last day that did not leave; silent: without a heartbeat for a minute.',
      {
        labels: ['state'],
      },
    ),
    ({ workers }) =>
      by(
        'state',
        Object.fromEntries(
          workerStates.map((state) => [state, workers.filter((worker) => worker.state === state).length]),
        ),
      ),
  ],
  [
    gauge('fleet_heartbeat_age_seconds', 'Since the latest heartbeat of any worker.', inSeconds),
    ({ workers }) => one(leastOf(workers.map(({ beat_age_s: age }) => age))),
  ],
  [
    gauge('fleet_worker_lag_seconds', 'How late the event loop is, of the worst live worker of each host.', {
      ...inSeconds,
      labels: ['host'],
    }),
    ({ workers }) => lagByHost(workers),
  ],
  [
    gauge('fleet_concurrency', 'How many shards the live workers may make at once.'),
    ({ workers }) => one(sumOf(liveOf(workers).map(({ concurrency }) => concurrency))),
  ],
  [
    gauge('fleet_in_hand', 'How many shards the live workers make now.'),
    ({ workers }) => one(sumOf(liveOf(workers).map(({ in_hand: n }) => n))),
  ],
  [
    gauge('fleet_shards', 'Shards of running runs: due and made by nobody, later, or taken.', {
      labels: ['state'],
    }),
    ({ queue: { due, later, taken } }) =>
      by('state', { due: due.shards, later: later.shards, taken: taken.shards }),
  ],
  [
    gauge('fleet_probes', 'Probes that were planned in these shards.', { labels: ['state'] }),
    ({ queue: { due, later, taken } }) =>
      by('state', { due: due.probes, later: later.probes, taken: taken.probes }),
  ],
  [
    gauge(
      'fleet_lateness_p50_seconds',
      'Median time from when a shard may begin until a worker takes it, of the last hour.',
      inSeconds,
    ),
    ({ lately }) => one(lately.late_p50_s),
  ],
  [
    gauge('fleet_lateness_p99_seconds', 'The same, of which one shard in a hundred is later.', inSeconds),
    ({ lately }) => one(lately.late_p99_s),
  ],
  [gauge('fleet_shards_done', 'Shards of the last hour that are done.'), ({ lately }) => one(lately.done)],
  [
    gauge('fleet_shards_lost', 'How often a shard of the last hour was lost with its worker and taken over.'),
    ({ lately }) => one(lately.lost),
  ],
  [
    gauge('fleet_probes_skipped', 'Probes that were skipped, of the runs of the last hour.', {
      labels: ['reason'],
    }),
    ({ lately }) => by('reason', lately.skip_reasons),
  ],
]

type Worker = FleetRegion['workers'][number]
/** What is told of the lanes of a provider in a region. */
type Lanes = Fleet['lanes'][number]
type Place = Lanes['regions'][number] & Pick<Lanes, 'lanes' | 'provider'>

const ofLanes: readonly Reading<Place>[] = [
  [gauge('fleet_lanes', 'How many calls may be in flight.'), ({ lanes }) => one(lanes)],
  [gauge('fleet_lanes_in_use', 'How many lanes a worker holds.'), ({ in_use: n }) => one(n)],
  [
    gauge(
      'fleet_oldest_due_seconds',
      'How long the oldest shard waits that may begin; 0 if none does.',
      inSeconds,
    ),
    ({ oldest_due_s: age }) => one(age ?? 0),
  ],
]

const liveOf = (workers: readonly Worker[]) => workers.filter(({ state }) => state !== 'silent')
const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0)
const leastOf = (values: readonly number[]): number | null =>
  values.length === 0 ? null : Math.min(...values)

const lagByHost = (workers: readonly Worker[]): Sample[] =>
  [...Map.groupBy(liveOf(workers), ({ host }) => host)].flatMap(([host, all]) =>
    seconds(Math.max(...all.map(({ lag_ms: ms }) => ms)), { host }),
  )

/** The definitions, for documents: those of a region, and those of a provider in a region. */
export const fleetDefinitions = {
  region: ofRegion.map(([definition]) => definition),
  lanes: ofLanes.map(([definition]) => definition),
}

/** What is known of a fleet as families, without those that are empty: none if there is no fleet. */
export function fleetFamilies({ regions, lanes }: Fleet): Family[] {
  const places = lanes.flatMap(({ provider, lanes: most, regions: all }) =>
    all.map((place) => ({ ...place, provider, lanes: most })),
  )
  return [
    ...ofRegion.map((reading) => familyOf(reading, regions, ({ region }) => ({ region }))),
    ...ofLanes.map((reading) => familyOf(reading, places, ({ provider, region }) => ({ provider, region }))),
  ].filter(({ samples }) => samples.length > 0)
}

const familyOf = <Of>(
  [definition, read]: Reading<Of>,
  all: readonly Of[],
  about: (each: Of) => Labels,
): Family => ({
  ...definition,
  samples: all.flatMap((each) =>
    read(each).map(({ labels, value }) => ({ labels: { ...about(each), ...labels }, value, since: null })),
  ),
})
