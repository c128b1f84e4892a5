import { randomUUID } from 'node:crypto'
import type { Plan } from '../../src/core/plan.ts'
import type { ClaimedProbe } from '../../src/store/store.ts'
import { openedTransport } from './opened-transport.ts'
import { recordResult } from './record-result.ts'
import { samplePlan, sampleResult } from './samples.ts'
import type { OpenTransport } from './transports.ts'

export const fresh = (name: string) => `${name}-${randomUUID().slice(0, 8)}`
export const worker = (owner = fresh('worker')) => ({ owner, leaseMs: 60_000 })
export const quarter = 15 * 60_000

/** A store over a transport, with scheduled runs and workers on them. */
export function scheduledRuns(open: () => Promise<OpenTransport>) {
  const { store, rowsOf } = openedTransport(open)

  /** A scheduled plan of some probes, for a schedule that no other test has. */
  const scheduled = (models: number, more: Partial<Plan> = {}): Plan => {
    const slot = more.slot ?? new Date(Math.floor(Date.now() / quarter) * quarter)
    const names = Array.from({ length: models }, (_, index) => `m${index}`)
    const lateAt = new Date(Date.now() + quarter)
    return samplePlan(names, { schedule: fresh('schedule'), slot, lateAt, trigger: 'cron', ...more })
  }
  /** The same slot, as another delivery plans it. */
  const delivered = (plan: Plan, region = 'local'): Plan => ({
    ...plan,
    id: randomUUID(),
    probes: plan.probes.map((probe) => ({ ...probe, id: randomUUID(), resultId: randomUUID(), region })),
  })
  const claimAs = (owner: string, runId: string, more: object = {}) =>
    store.claimProbe({ runId, owner, leaseMs: 60_000, region: 'local', ...more })
  const complete = (plan: Plan, { probe }: ClaimedProbe) => recordResult(store, sampleResult(plan, probe))
  /** As if the time of every lease of a run were up. */
  const expire = async (runId: string) => {
    await rowsOf(
      `update probes set lease_until = now() - interval '1 second' where run_id = $1 and status = 'claimed'`,
      [runId],
    )
    await rowsOf(`update run_workers set lease_until = now() - interval '1 second' where run_id = $1`, [
      runId,
    ])
  }
  const countOf = async (runId: string) =>
    (
      await rowsOf(
        `select count(*)::int as probes, count(distinct p.id)::int as distinct_probes, count(b.id)::int as results,
          count(*) filter (where p.status = 'skipped')::int as skipped
          from probes p left join benchmark_results b on b.probe_id = p.id where p.run_id = $1`,
        [runId],
      )
    )[0]

  return { store, rowsOf, scheduled, delivered, claimAs, complete, expire, countOf }
}
