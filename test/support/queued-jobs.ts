import { randomUUID } from 'node:crypto'
import type { Plan } from '../../src/core/plan.ts'
import type { QueuedRun, QueueInput } from '../../src/store/job-codec.ts'
import { openedTransport } from './opened-transport.ts'
import { recordResult } from './record-result.ts'
import { samplePlan, sampleResult } from './samples.ts'
import { fresh } from './scheduled-runs.ts'
import type { OpenTransport } from './transports.ts'

/** A store over a transport, with the steps that tests of its queue share. Each region has a queue of its own. */
export function queuedJobs(open: () => Promise<OpenTransport>) {
  const { store, sql, rowsOf } = openedTransport(open)

  const jobIn = (region: string, models: string[], more: Partial<Plan> = {}): Plan => {
    const plan = samplePlan(models, { trigger: 'api', adhoc: true, ...more })
    return { ...plan, probes: plan.probes.map((probe) => ({ ...probe, region })) }
  }
  const queue = (plan: Plan, more: Partial<QueueInput> = {}): Promise<QueuedRun> =>
    store.queueRun({
      plan,
      region: plan.probes[0]?.region ?? 'local',
      maxCostUsd: null,
      idempotencyKey: null,
      limits: { client: fresh('client'), perHour: 20, maxQueued: null },
      ...more,
    })
  const worker = (region: string) => ({ region, worker: { owner: fresh('worker'), leaseMs: 60_000 } })
  /** A worker on a job, and the probe that it has claimed. */
  const working = async (runId: string, region: string) => {
    const asked = { runId, ...worker(region) }
    await store.joinRun(asked)
    const claim = () =>
      store.claimProbe({ runId, region, owner: asked.worker.owner, leaseMs: 60_000, claimId: randomUUID() })
    const finish = () => store.finishRun({ runId, region, owner: asked.worker.owner, status: 'finished' })
    return { ...asked, claim, finish }
  }
  /** Makes every probe of a job and closes it. */
  const makeAll = async (plan: Plan, region: string) => {
    const { claim, finish } = await working(plan.id, region)
    for (let next = await claim(); next !== null; next = await claim())
      await recordResult(store, sampleResult(plan, next.probe, { startedAt: new Date(), totalLatencyMs: 1 }))
    return finish()
  }
  /** As if a worker had died long ago. */
  const expire = async (runId: string) => {
    await rowsOf(
      `update probes set lease_until = now() - interval '1 second' where run_id = $1 and status = 'claimed'`,
      [runId],
    )
    await rowsOf(`update run_workers set lease_until = now() - interval '1 second' where run_id = $1`, [
      runId,
    ])
  }
  const eventsOf = async (runId: string) =>
    (await rowsOf('select event from run_events where run_id = $1 order by xid, id', [runId])).map(
      ({ event }) => event,
    )
  return { store, sql, rowsOf, jobIn, queue, working, worker, makeAll, expire, eventsOf }
}
