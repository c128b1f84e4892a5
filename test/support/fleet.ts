import type { Plan, PlannedShard, Probe } from '../../src/core/plan.ts'
import type { ClaimedShard, ShardClaim, ShardStore } from '../../src/store/shard-store.ts'
import { recordResult } from './record-result.ts'
import { sampleProbe, sampleResult, sampleTarget } from './samples.ts'
import { fresh, scheduledRuns } from './scheduled-runs.ts'
import type { OpenTransport } from './transports.ts'

/** What a test says of a shard that it plans. */
interface Wanted {
  probes?: number
  provider?: string
  region?: string
  windowAt?: Date
  /** Of each of its probes, in USD. */
  estimates?: readonly (number | null)[]
}

/** A time so many seconds from now. */
export const inSeconds = (seconds: number): Date => new Date(Date.now() + seconds * 1000)

/** The shard of a claim that got one. */
export function claimedOf(claim: ShardClaim): ClaimedShard {
  if (!('claimed' in claim)) throw new Error(`nothing was claimed: ${JSON.stringify(claim)}`)
  return claim.claimed
}

/** Scheduled runs of a fleet, with the steps that its tests share. */
export function fleetRuns(open: () => Promise<OpenTransport>) {
  const runs = scheduledRuns(open)
  const { store, rowsOf, scheduled } = runs

  /** A plan of shards, by default of a provider that no other test has. */
  const fleetPlan = (wanted: readonly Wanted[], more: Partial<Plan> = {}): Plan => {
    const own = fresh('provider')
    const [about] = scheduled(0).providers
    if (about === undefined) throw new Error('the sample has no provider')
    const next = new Map<string, number>()
    const shards: PlannedShard[] = []
    const probes: Probe[] = []
    for (const { provider = own, region = 'local', windowAt = inSeconds(-1), estimates, ...of } of wanted) {
      const shard = next.get(region) ?? 0
      next.set(region, shard + 1)
      shards.push({ shard, region, provider, windowAt })
      const usd = estimates ?? Array.from({ length: of.probes ?? 2 }, () => 0.001)
      for (const [n, estimateUsd] of usd.entries())
        probes.push(
          sampleProbe(sampleTarget(`${shard}-${n}`, provider), { region, shard, estimateUsd, inputUsd: 0 }),
        )
    }
    const names = [...new Set(shards.map(({ provider }) => provider))]
    const providers = names.map((id) => ({ ...about, id, name: id }))
    return scheduled(0, { providers, probes, shards, ...more })
  }
  const started = async (wanted: readonly Wanted[], more: Partial<Plan> = {}): Promise<Plan> => {
    const plan = fleetPlan(wanted, more)
    await store.startRun(plan, 'local')
    return plan
  }
  const shardOf = (plan: Plan, shard: number | null, region = 'local') => ({ runId: plan.id, region, shard })
  /** `by`: another store than that of the test. */
  const claim = (
    plan: Plan,
    shard: number | null,
    { by = store, ...more }: Partial<Parameters<ShardStore['claimShard']>[0]> & { by?: ShardStore } = {},
  ) => by.claimShard({ ...shardOf(plan, shard), owner: 'w', leaseMs: 60_000, ...more })
  const finish = (
    plan: Plan,
    shard: number,
    { by = store, ...more }: Partial<Parameters<ShardStore['finishShard']>[0]> & { by?: ShardStore } = {},
  ) => by.finishShard({ runId: plan.id, region: 'local', shard, owner: 'w', unmade: [], ...more })
  const record = (
    plan: Plan,
    probe: Probe,
    { owner = 'w', costUsd = 0.000_2 }: { owner?: string; costUsd?: number | null } = {},
  ) => recordResult(store, sampleResult(plan, probe, { costUsd }), owner)
  /** Claims a shard, makes all of it and finishes it. */
  const make = async (plan: Plan, shard: number, owner = 'w') => {
    const claimed = claimedOf(await claim(plan, shard, { owner }))
    for (const { probe } of claimed.probes) await record(plan, probe, { owner })
    return finish(plan, shard, { owner })
  }
  /** As if the lease of a shard were over. */
  const expire = async (plan: Plan, shard: number) => {
    const past = `lease_until = now() - interval '1 second' where run_id = $1 and shard = $2`
    for (const table of ['shards', 'lanes']) await rowsOf(`update ${table} set ${past}`, [plan.id, shard])
    await rowsOf(`update probes set ${past} and status = 'claimed'`, [plan.id, shard])
  }
  const rowOf = async (plan: Plan, shard: number) =>
    (await rowsOf('select * from shards where run_id = $1 and shard = $2', [plan.id, shard]))[0]
  /** How many probes of a run have each status, and each reason. */
  const statusesOf = async (plan: Plan): Promise<Record<string, number>> => {
    const rows = await rowsOf(
      `select coalesce(skip_reason, status) as status, count(*)::int as n from probes where run_id = $1 group by 1`,
      [plan.id],
    )
    return Object.fromEntries(rows.map(({ status, n }) => [String(status), Number(n)]))
  }
  const statusOf = async (plan: Plan) =>
    (await rowsOf('select status from runs where id = $1', [plan.id]))[0]?.['status']
  const lanesOf = async (plan: Plan) =>
    (await rowsOf('select lane, owner, shard from lanes where run_id = $1 order by lane', [plan.id])).length

  return {
    ...runs,
    fleetPlan,
    started,
    claim,
    finish,
    record,
    make,
    expire,
    rowOf,
    statusesOf,
    statusOf,
    lanesOf,
  }
}
