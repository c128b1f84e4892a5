import { expect, test } from 'vitest'
import type { Aftermath } from '../../../src/fleet/after-run.ts'
import type { Engine, ShardJob } from '../../../src/fleet/engine.ts'
import { keepWorker } from '../../../src/fleet/worker.ts'
import { configuredProviders } from '../../../src/registry/configure.ts'
import { newRun } from '../../../src/store/memory.ts'
import type { ShardClaim } from '../../../src/store/shard-store.ts'
import type { Store } from '../../../src/store/store.ts'
import { testApp } from '../../support/app.ts'
import { observation, planOf, stillClock } from '../../support/run-parts.ts'
import { shardStore } from '../../support/shards.ts'
import { stubStore } from '../../support/stub-store.ts'

const plan = planOf(['a', 'b', 'c'].map((model) => ['openai', model]))
const { providers: configured } = configuredProviders({ OPENAI_API_KEY: 'sk-a' })
const slot = new Date('2026-11-30T12:00:00Z')
const minutes = (n: number) => new Date(slot.getTime() + 60_000 * n)
const job = (more: Partial<ShardJob> = {}): ShardJob => ({
  runId: plan.id,
  region: 'fra',
  shard: 3,
  provider: 'openai',
  windowAt: minutes(2),
  ...more,
})

/** Delivers jobs to a worker at a moment, then stops it; what it asked for and did. */
async function working(
  jobs: readonly ShardJob[],
  { claims = [], at = minutes(2), ...more }: { claims?: ShardClaim[]; at?: Date; stopped?: boolean } = {},
) {
  const stop = new AbortController()
  if (more.stopped) stop.abort()
  const clock = { ...stillClock(), date: () => at }
  const given = shardStore(plan, { clock })
  const asked: unknown[] = []
  const sent: { shard: number; at: Date | undefined }[] = []
  const closed: string[] = []
  const said: string[] = []
  const beats: Parameters<Store['beatWorker']>[0][] = []
  const waiting = [...claims]
  const store = stubStore({
    ...given.store,
    claimShard: async (input) => {
      asked.push(input.shard ?? { provider: input.provider })
      return waiting.shift() ?? given.store.claimShard(input)
    },
    beatWorker: async (beat) => void beats.push(beat),
  })
  let madeAll = Promise.resolve()
  const makeAll = async (make: (job: ShardJob) => Promise<void>) => {
    for (const each of jobs) await make(each)
    stop.abort()
  }
  const engine: Engine = {
    send: async (shards, when) => void sent.push(...shards.map(({ shard }) => ({ shard, at: when }))),
    work: (_, __, make) => {
      madeAll = makeAll(make)
    },
    drain: () => madeAll,
    close: () => Promise.resolve(),
  }
  const aftermath: Aftermath = {
    watchers: [],
    isInMaintenance: () => false,
    refresh: () => Promise.resolve(),
    closed: async ({ status }) => void closed.push(status),
  }
  const counts = await keepWorker({
    region: 'fra',
    concurrency: 1,
    configured,
    store,
    measure: () => Promise.resolve(observation(plan)),
    engine,
    planner: null,
    aftermath,
    app: testApp({}, store, { clock, spool: null }),
    random: () => 0,
    say: (line) => void said.push(line),
    stop: stop.signal,
  })
  return { counts, asked, sent, closed, said, beats, finished: given.finished }
}

test('a job has its shard made; the worker that ends the run tells what follows', async () => {
  const { counts, asked, closed, said, sent } = await working([job()])
  expect(counts).toEqual({ shards: 1, calls: 3, succeeded: 3, spooled: 0, lost: 0 })
  expect(said).toEqual(['fra openai shard 3: 3 made'])
  expect({ asked, closed, sent }).toEqual({ asked: [3], closed: ['finished'], sent: [] })
})

test.each(['not due', 'no lane', 'paused'] as const)(
  'a shard that is %s comes back when it may be made',
  async (reason) => {
    const { sent, counts } = await working([job()], { claims: [{ waitUntil: minutes(3), reason }] })
    expect(sent).toEqual([{ shard: 3, at: minutes(3) }])
    expect(counts.calls).toBe(0)
  },
)

test.each([{ waitUntil: minutes(3), reason: 'taken' as const }, { over: true as const }])(
  'of a shard that others make, or that is over, nothing is left to do',
  async (claim) => {
    const { sent, asked } = await working([job()], { claims: [claim] })
    expect({ sent, asked }).toEqual({ sent: [], asked: [3] })
  },
)

test('a claim that closes the run, because it skipped the last of it, is followed as if it was made here', async () => {
  const run = { ...newRun(plan, 'fra', slot), status: 'finished' as const }
  const { closed, asked } = await working([job()], { claims: [{ over: true, run }] })
  expect({ closed, asked }).toEqual({ closed: ['finished'], asked: [3] })
})

test('a provider that is not configured here is left to others, as long as its slot lasts, and told once', async () => {
  const elsewhere = job({ provider: 'groq' })
  const { sent, asked, said } = await working([elsewhere, elsewhere])
  const at = new Date(minutes(2).getTime() + 5000)
  expect({ sent, asked }).toEqual({
    sent: [
      { shard: 3, at },
      { shard: 3, at },
    ],
    asked: [],
  })
  expect(said).toEqual([expect.stringMatching(/^groq is not configured here/)])
  expect(await working([elsewhere], { at: minutes(15) })).toMatchObject({ sent: [], asked: [] })
})

test('a worker that is to end sends back what it is told of', async () => {
  const { sent, asked, beats } = await working([job()], { stopped: true })
  expect({ sent, asked }).toEqual({ sent: [{ shard: 3, at: minutes(2) }], asked: [] })
  expect(beats.at(-1)).toMatchObject({ region: 'fra', concurrency: 1, inHand: 0, made: 0, leaving: true })
})
