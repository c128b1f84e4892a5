import { randomUUID } from 'node:crypto'
import type { Plan } from '../../src/core/plan.ts'
import type { ClaimedProbe } from '../../src/store/store.ts'
import type { StoredResult } from '../../src/store/stored-result.ts'
import { openedTransport } from './opened-transport.ts'
import { recordResult } from './record-result.ts'
import { samplePlan, sampleResult } from './samples.ts'
import type { OpenTransport } from './transports.ts'

/** The error of a promise that rejects, else null. */
export const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => null,
    (error: unknown) => error,
  )

/** Makes eight calls at once. */
export const eight = <Output>(call: (index: number) => Promise<Output>) =>
  Promise.all(Array.from({ length: 8 }, (_, index) => call(index)))

/** A model name that no other test uses. */
export const fresh = (name = 'model') => `${name}-${randomUUID().slice(0, 8)}`

/** A store over a transport, with the steps that its contract's tests share. */
export function contractStore(open: () => Promise<OpenTransport>) {
  const { store, sql, rowsOf } = openedTransport(open)

  const start = async (more: Partial<Plan> = {}, models = [fresh(), fresh(), fresh()]) => {
    const plan = samplePlan(models, more)
    await store.startRun(plan, 'local')
    return plan
  }
  const claim = (plan: Plan, more: { leaseMs?: number; region?: string; claimId?: string } = {}) =>
    store.claimProbe({ runId: plan.id, owner: 'worker', leaseMs: 60_000, region: 'local', ...more })
  const claimed = async (plan: Plan, more: { leaseMs?: number } = {}): Promise<ClaimedProbe> => {
    const assignment = await claim(plan, more)
    if (assignment === null) throw new Error('nothing left to claim')
    return assignment
  }
  const allResults = async (plan: Plan): Promise<StoredResult[]> =>
    (await store.listResults({ runId: plan.id, after: null, limit: 100 })).rows

  let apart = 0
  /** The results of a plan of so many probes, and the range of time that holds them. */
  const recordedApart = async (count: number) => {
    const plan = await start(
      {},
      Array.from({ length: count }, () => fresh()),
    )
    const ids = plan.probes.map(({ resultId }) => resultId)
    for (const probe of plan.probes) await recordResult(store, sampleResult(plan, probe))
    // In hours of their own: other tests record, too.
    const since = new Date(Date.UTC(2001, 0, 1) + (apart += 1) * 7_200_000)
    await sql.query(
      `update benchmark_results set created_at = $1::timestamptz + (iteration || ' minutes')::interval where id = any ($2)`,
      [since.toISOString(), ids],
    )
    const until = new Date(since.getTime() + 3_600_000)
    return {
      ids: ids.toSorted(),
      plan,
      range: { since, until, limit: 100, after: null },
    }
  }

  return { store, sql, rowsOf, start, claim, claimed, allResults, recordedApart }
}
