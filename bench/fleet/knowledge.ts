import type { Store } from '../../src/store/store.ts'
import type { Stamps } from './measure.ts'
import { machineNow } from './time.ts'

/** What a worker tells of itself, without its name. */
type Unsigned = { type: 'recorded'; probe: string; at: number }

/** What a worker knows when it calls: when its lease was asked for, and when it was last told something of its shard. */
export function knowledge() {
  const shards = new Map<string, Stamps>()
  const ofProbe = new Map<string, string>()
  const learn = (shard: string | undefined, learnt: Partial<Stamps>) => {
    if (shard !== undefined) shards.set(shard, { leasedAt: 0, toldAt: 0, ...shards.get(shard), ...learnt })
  }
  return {
    stampsOf: (probe: string): Stamps => shards.get(ofProbe.get(probe) ?? '') ?? { leasedAt: 0, toldAt: 0 },
    /** The store, from whose answers it learns. */
    following: (store: Store, tell: (told: Unsigned) => void): Store => ({
      ...store,
      claimShard: async (input) => {
        const asked = machineNow()
        const claim = await store.claimShard(input)
        if (!('claimed' in claim)) return claim
        const shard = keyOf(input.runId, input.region, claim.claimed.shard)
        for (const { probe } of claim.claimed.probes) ofProbe.set(probe.id, shard)
        learn(shard, { leasedAt: asked, toldAt: asked })
        return claim
      },
      renewShard: async (input) => {
        const asked = machineNow()
        const renewed = await store.renewShard(input)
        const shard = keyOf(input.runId, input.region, input.shard)
        learn(shard, { toldAt: asked, ...(renewed.held && { leasedAt: asked }) })
        return renewed
      },
      planConfirm: async (recheck) => {
        ofProbe.set(recheck.id, ofProbe.get(recheck.probeId) ?? '')
        return store.planConfirm(recheck)
      },
      recordResult: async (result) => {
        const asked = machineNow()
        const probe = result.row.probe_id ?? ''
        const recorded = await store.recordResult(result)
        learn(ofProbe.get(probe), { toldAt: asked })
        tell({ type: 'recorded', probe, at: machineNow() })
        return recorded
      },
    }),
  }
}

const keyOf = (runId: string, region: string, shard: number): string => `${runId} ${region} ${shard}`
