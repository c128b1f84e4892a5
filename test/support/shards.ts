import { randomUUID } from 'node:crypto'
import type { Plan } from '../../src/core/plan.ts'
import { executeShard, type ShardOutcome, type ShardParts } from '../../src/run/execute-shard.ts'
import type { RunEvent } from '../../src/run/events.ts'
import type { ShardRunStore } from '../../src/run/shard-recorder.ts'
import { newRun } from '../../src/store/memory.ts'
import type { ClaimedShard } from '../../src/store/shard-store.ts'
import { partsOf } from './run-parts.ts'

type Finish = Parameters<ShardRunStore['finishShard']>[0]

/** What a database is asked about one shard, which it hands out whole and leases as long as it is asked to. */
export function shardStore(plan: Plan, parts: Pick<ShardParts, 'clock'>, more: Partial<ShardRunStore> = {}) {
  const renewals: number[] = []
  const recorded: string[] = []
  const finished: Omit<Finish, 'runId' | 'region' | 'shard' | 'owner'>[] = []
  const run = { ...newRun(plan, 'local', parts.clock.date()), status: 'running' as const }
  const leaseUntil = (leaseMs: number) => new Date(parts.clock.date().getTime() + leaseMs)
  const claimedOf = (leaseMs: number): ClaimedShard => ({
    shard: 3,
    provider: 'openai',
    lane: 0,
    leaseUntil: leaseUntil(leaseMs),
    settings: plan.settings,
    takes: 1,
    probes: plan.probes.map((probe) => ({
      probe,
      settings: plan.settings,
      claims: 1,
      leaseUntil: leaseUntil(leaseMs),
      ownLoad: false,
      targetId: randomUUID(),
    })),
  })
  const store: ShardRunStore = {
    claimShard: async ({ leaseMs }) => ({ claimed: claimedOf(leaseMs) }),
    renewShard: async ({ leaseMs }) => {
      renewals.push(parts.clock.now())
      return { held: true, leaseUntil: leaseUntil(leaseMs), pauseUntil: null, cancelled: false }
    },
    finishShard: async ({ unmade, until = null }) => {
      finished.push({ unmade, until })
      return { done: unmade.length === 0, run: unmade.length === 0 ? { ...run, status: 'finished' } : run }
    },
    claimProbe: () => Promise.resolve(null),
    planConfirm: () => Promise.resolve({ planned: false }),
    recordResult: async ({ row }) => {
      recorded.push(row.probe_id ?? '')
      return {
        recorded: true,
        leftOut: [],
        ownLoad: false,
        pauseUntil: null,
        id: row.id,
        targetId: null,
        providerId: null,
        modelId: null,
        createdAt: parts.clock.date(),
      }
    },
    ...more,
  }
  return { store, renewals, recorded, finished }
}

const key = { runId: randomUUID(), region: 'local', shard: 3 }

/** Makes a shard to its end: its events, and what came of it. */
export async function makeShard(
  plan: Plan,
  { lateAt = null, ...more }: Partial<ShardParts> & Pick<ShardParts, 'store'> & { lateAt?: Date | null },
): Promise<{ events: RunEvent[]; outcome: ShardOutcome }> {
  const { deadline: _, startBy: __, ...parts } = partsOf(plan)
  const made = executeShard({ ...key, lateAt }, { ...parts, ...more })
  const events: RunEvent[] = []
  for (;;) {
    const next = await made.next()
    if (next.done === true) return { events, outcome: next.value }
    events.push(next.value)
  }
}
