import type { Sql } from '../../src/store/connection.ts'
import { atMost, round } from '../goals.ts'
import { figuresOf, type Judged, none, same } from './judged.ts'
import type { SeenCall } from './provider.ts'
import type { Evidence } from './simulate.ts'

/** How long a shard is leased, in ms of the simulated time. */
const leaseMs = 60_000

/** What the providers saw: lanes, pauses, calls that were made twice, and when they began. */
export async function judgeCalls(evidence: Evidence, sql: Sql): Promise<Judged> {
  const { calls, inHand, world, slots } = evidence
  const over = calls.filter(({ provider, inFlight }) => inFlight > lanesOf(provider, world))
  const unleased = calls.filter((call) => isUnleased(call, evidence))
  const excused = unleased.filter((call) => isExcused(call, evidence))
  const { ignored, unaware, refusals } = pauses(calls)
  const twice = [...Map.groupBy(calls, ({ probe }) => probe).values()].filter(({ length }) => length > 1)
  const inHands = new Set(Object.values(inHand).flat())
  const { rows } = await sql.query(
    `select p.id, r.slot from public.probes p join public.runs r on r.id = p.run_id where p.confirms is null`,
  )
  const slotOfProbe = new Map(rows.map(({ id, slot }) => [String(id), new Date(String(slot)).getTime()]))
  const early = calls.filter(({ probe, began }) => began < (slotOfProbe.get(probe) ?? 0))
  const late = calls.filter(({ began }) => began > (slots.at(-1)?.lateAt.getTime() ?? 0) + leaseMs)
  return {
    figures: [
      ...figuresOf('calls', {
        made: calls.length,
        refused: refusals,
        twice: twice.length,
        'of the killed worker in hand': inHand.killed.length,
        'of the stopped worker in hand': inHand.stopped.length,
        'in hand without a database': inHand.withoutDatabase.length,
        'after a refusal that the database did not know yet': unaware,
        'without a lease, in the first moment after standing still': excused.length,
      }),
      ...figuresOf('closings told', { all: evidence.closed }),
      ...figuresOf('use of the lanes', utilisation(evidence)),
    ],
    goals: [
      none(
        'calls above the lanes of a provider and region',
        over.filter((call) => !excused.includes(call)).length,
      ),
      none('calls without a lease', unleased.length - excused.length),
      none('calls before the end of a pause that the database had told', ignored),
      atMost(
        'calls made twice',
        inHands.size,
        twice.reduce((sum, { length }) => sum + length - 1, 0),
      ),
      none(
        'calls made twice that nobody had lost',
        twice.filter(([call]) => call && !inHands.has(call.probe)).length,
      ),
      none('calls before their slot', early.length),
      none('calls long after the last slot', late.length),
      same(
        'providers that were called',
        world.providers.length,
        new Set(calls.map(({ provider }) => provider)).size,
      ),
    ],
  }
}

const lanesOf = (provider: string, { providers }: Evidence['world']): number =>
  providers.find(({ id }) => id === provider)?.lanes ?? 0

/** A call that began when its lease was over: its worker did not see that it had slept. */
const isUnleased = ({ leasedAt, receivedAt }: SeenCall, { time }: Evidence): boolean =>
  (receivedAt - leasedAt) * time.factor > leaseMs

/** How long after it continues the stopped worker may send what it had begun to send, in ms of the machine. */
const firstMomentMs = 100

const isExcused = ({ worker, receivedAt }: SeenCall, { continuedAt }: Evidence): boolean =>
  worker === 'stopped' && receivedAt >= continuedAt && receivedAt < continuedAt + firstMomentMs

/**
 * Calls before the end of a pause: by a worker that had asked the database since it knew of the refusal, and by those
 * that could not know.
 */
function pauses(calls: readonly SeenCall[]) {
  const met = calls
    .filter(({ pausedUntil }) => pausedUntil !== null)
    .map((refusal) => ({ refusal, meanwhile: calls.filter((call) => isMeanwhile(call, refusal)) }))
  const told = met.map(({ refusal: { recordedAt }, meanwhile }) =>
    meanwhile.filter(({ toldAt }) => recordedAt !== null && toldAt > recordedAt),
  )
  const all = met.flatMap(({ meanwhile }) => meanwhile).length
  const ignored = told.flat().length
  return { ignored, unaware: all - ignored, refusals: met.length }
}

const isMeanwhile = (call: SeenCall, { provider, began, pausedUntil }: SeenCall): boolean =>
  call.provider === provider && call.began > began && call.began < (pausedUntil ?? 0)

/** How much of the time of their lanes the biggest providers were called, while there were calls to make. */
function utilisation({ calls, world }: Evidence): Record<string, number> {
  const shares = world.providers.slice(0, 3).map(({ id, lanes, totalMs }) => {
    const own = calls.filter(({ provider, region }) => provider === id && region === world.regions[0])
    const [first, last] = [own[0]?.began ?? 0, own.at(-1)?.began ?? 0]
    return [`${id}, ${lanes} lanes`, round((own.length * totalMs) / (lanes * (last - first)))] as const
  })
  return Object.fromEntries(shares)
}
