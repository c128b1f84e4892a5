import { expect, test } from 'vitest'
import type { RunEvent } from '../../../src/run/events.ts'
import type { ShardRunStore } from '../../../src/run/shard-recorder.ts'
import { StoreError } from '../../../src/store/store.ts'
import { observation, planOf, stillClock, typesOf, unreachable } from '../../support/run-parts.ts'
import { makeShard, shardStore } from '../../support/shards.ts'
import { sleepingClock } from '../../support/sleeping-clock.ts'

const plan = planOf(['a', 'b', 'c'].map((model) => ['openai', model]))
const [a = '', b = '', c = ''] = plan.probes.map(({ id }) => id)
const modelsOf = (events: RunEvent[]) =>
  events.flatMap((event) => ('result' in event ? [event.result.model] : []))

/** Calls that take so many seconds each. */
function slowly(seconds: readonly number[]) {
  const time = sleepingClock()
  let call = 0
  const measure = async () => {
    await time.sleep(1000 * (seconds[call++] ?? 0))
    return observation(plan)
  }
  return { ...time, measure }
}

test('a shard is made in its order, and nothing is given back', async () => {
  const clock = stillClock()
  const { store, recorded, finished } = shardStore(plan, { clock })
  const { events, outcome } = await makeShard(plan, { store, clock })
  expect(recorded).toEqual([a, b, c])
  expect(finished).toEqual([{ unmade: [], until: null }])
  expect(typesOf(events)).toEqual([
    ...['a', 'b', 'c'].flatMap(() => ['probe_started', 'probe_recorded']),
    'run_finished',
  ])
  expect(outcome).toMatchObject({ made: 3, ended: { unmade: 0, run: { status: 'finished' } } })
})

test('a lease is renewed and ended by the claim that got it', async () => {
  const clock = stillClock()
  const claims: unknown[] = []
  const { store } = shardStore(plan, { clock })
  const measure = () => {
    clock.advance(40_000)
    return Promise.resolve(observation(plan))
  }
  const told: ShardRunStore = {
    ...store,
    claimShard: (input) => (claims.push(input.claimId), store.claimShard(input)),
    renewShard: (input) => (claims.push(input.claimId), store.renewShard(input)),
    finishShard: (input) => (claims.push(input.claimId), store.finishShard(input)),
  }
  await makeShard(plan, { store: told, clock, measure, sleep: () => new Promise(() => undefined) })
  expect(claims).toEqual([expect.any(String), claims[0], claims[0], claims[0]])
})

test('what cannot be made now is told, and calls nobody', async () => {
  const clock = stillClock()
  const waiting = { waitUntil: new Date(5000), reason: 'no lane' as const }
  const { store, finished } = shardStore(plan, { clock }, { claimShard: async () => waiting })
  expect(await makeShard(plan, { store, clock })).toEqual({ events: [], outcome: waiting })
  expect(finished).toEqual([])
})

test('a stop ends it after the probe in hand, and gives the rest back at once', async () => {
  const clock = stillClock()
  const stop = new AbortController()
  const { store, recorded, finished } = shardStore(plan, { clock })
  const measure = () => {
    stop.abort()
    return Promise.resolve(observation(plan))
  }
  const { events } = await makeShard(plan, { store, clock, measure, stop: stop.signal })
  expect(recorded).toEqual([a])
  expect(finished).toEqual([{ unmade: [b, c], until: null }])
  expect(typesOf(events)).toEqual(['probe_started', 'probe_recorded'])
})

test('a provider that asks for a pause gets no further call, and the rest is given back until then', async () => {
  const clock = stillClock()
  const pauseUntil = new Date(90_000)
  const plain = shardStore(plan, { clock })
  const { store, finished } = shardStore(
    plan,
    { clock },
    {
      recordResult: async (input) => ({ ...(await plain.store.recordResult(input)), pauseUntil }),
    },
  )
  const { events } = await makeShard(plan, { store, clock })
  expect(modelsOf(events)).toEqual(['a'])
  expect(finished).toEqual([{ unmade: [b, c], until: pauseUntil }])
})

test('a pause that another worker was asked for ends it too', async () => {
  const { clock, sleep, measure, during } = slowly([30, 0, 0])
  const pauseUntil = new Date(90_000)
  const { store, recorded, finished } = shardStore(
    plan,
    { clock },
    {
      renewShard: async () => ({ held: true, leaseUntil: new Date(80_000), pauseUntil, cancelled: false }),
    },
  )
  await during(makeShard(plan, { store, clock, sleep, measure }))
  expect(recorded).toEqual([a])
  expect(finished).toEqual([{ unmade: [b, c], until: pauseUntil }])
})

test('the lease is renewed every 20 s while a call lasts, and no more when the shard is over', async () => {
  const { clock, sleep, measure, during } = slowly([90, 0, 0])
  const { store, renewals } = shardStore(plan, { clock })
  await during(
    makeShard(plan, { store, clock, sleep, measure }).then(async (made) => {
      await sleep(100_000)
      return made
    }),
  )
  expect(renewals).toEqual([20_000, 40_000, 60_000, 80_000])
})

test('a worker that slept past its lease makes no further call, and tells nobody that it is done', async () => {
  const clock = stillClock()
  const { store, recorded, finished } = shardStore(
    plan,
    { clock },
    {
      renewShard: async () => ({ held: false, leaseUntil: null, pauseUntil: null, cancelled: false }),
    },
  )
  const measure = () => {
    clock.advance(61_000)
    return Promise.resolve(observation(plan))
  }
  // The timer does not come to it: the machine stood still.
  const sleep = () => new Promise(() => undefined)
  const { outcome } = await makeShard(plan, { store, clock, measure, sleep })
  expect(recorded).toEqual([a])
  expect(finished).toEqual([])
  expect(outcome).toMatchObject({ made: 1, ended: { unmade: 2, run: null } })
})

test('a lease that does not reach is renewed before the next call', async () => {
  const clock = stillClock()
  const { store, recorded, renewals } = shardStore(plan, { clock })
  const measure = () => {
    clock.advance(40_000)
    return Promise.resolve(observation(plan))
  }
  const sleep = () => new Promise(() => undefined)
  await makeShard(plan, { store, clock, measure, sleep })
  expect(recorded).toEqual([a, b, c])
  expect(renewals).toEqual([40_000, 80_000])
})

test('a cancelled run gets no further call', async () => {
  const { clock, sleep, measure, during } = slowly([30, 0, 0])
  const { store, recorded, finished } = shardStore(
    plan,
    { clock },
    {
      renewShard: async () => ({ held: true, leaseUntil: null, pauseUntil: null, cancelled: true }),
    },
  )
  await during(makeShard(plan, { store, clock, sleep, measure }))
  expect(recorded).toEqual([a])
  expect(finished).toEqual([{ unmade: [b, c], until: null }])
})

test('while the database is away results go to disk, until the lease may be over', async () => {
  const { clock, sleep, measure, during } = slowly([25, 40, 0])
  const { store } = shardStore(
    plan,
    { clock },
    {
      recordResult: () => unreachable(),
      renewShard: () => unreachable(),
      finishShard: () => unreachable(),
    },
  )
  const spooled: string[] = []
  const spool = { dir: '', add: (_: string, { name }: { name: string }) => void spooled.push(name) }
  const { events, outcome } = await during(
    makeShard(plan, { store, clock, sleep, measure, whenUnreachable: { spool } }),
  )
  // The second call begins after 25 s and ends after 65, when the lease of 60 s is over.
  expect(spooled).toEqual(['record_result', 'record_result'])
  expect(typesOf(events)).toEqual([
    ...['a', 'b'].flatMap(() => ['probe_started', 'probe_spooled']),
    'store_failed',
  ])
  expect(outcome).toMatchObject({ made: 2, ended: { unmade: 1, run: null } })
})

test('without a disk a result is recorded as soon as the database takes it', async () => {
  const { clock, sleep, measure, during } = slowly([0, 0, 0])
  const plain = shardStore(plan, { clock })
  let tries = 0
  const store: ShardRunStore = {
    ...plain.store,
    recordResult: (input) => (++tries < 4 ? unreachable() : plain.store.recordResult(input)),
  }
  const whenUnreachable = { retryUntil: 60_000 }
  const { events } = await during(makeShard(plan, { store, clock, sleep, measure, whenUnreachable }))
  expect(typesOf(events).filter((type) => type === 'probe_recorded')).toHaveLength(3)
  expect(plain.recorded).toEqual([a, b, c])
})

test('a probe whose result waits on disk is not given back', async () => {
  const clock = stillClock()
  const plain = shardStore(plan, { clock })
  const { store, finished } = shardStore(
    plan,
    { clock },
    {
      recordResult: (input) =>
        input.row.probe_id === a
          ? Promise.reject(new StoreError('conflict', 'refused'))
          : plain.store.recordResult(input),
    },
  )
  const spool = { dir: '', add: () => undefined }
  const { events } = await makeShard(plan, { store, clock, whenUnreachable: { spool } })
  expect(modelsOf(events)).toEqual(['a', 'b', 'c'])
  expect(finished).toEqual([{ unmade: [], until: null }])
})

test('an end that the database is not told is an event', async () => {
  const clock = stillClock()
  const { store } = shardStore(plan, { clock }, { finishShard: () => unreachable() })
  const { events, outcome } = await makeShard(plan, { store, clock })
  expect(events.at(-1)).toMatchObject({ type: 'store_failed', error: { kind: 'unavailable' } })
  expect(outcome).toMatchObject({ ended: { run: null, error: { kind: 'unavailable' } } })
})

test.each([
  ['right', 0],
  ['90 s fast', 90_000],
  ['90 s slow', -90_000],
])('no probe begins after the slot is over by the clock of the database, ours being %s', async (_, offMs) => {
  const { clock, sleep, measure, during } = slowly([40, 40, 40])
  const ours = { now: clock.now, date: () => new Date(clock.now() + offMs) }
  const { store, recorded, finished } = shardStore(plan, { clock })
  const lateAt = new Date(70_000)
  await during(makeShard(plan, { store, clock: ours, sleep, measure, lateAt }))
  // They begin after 0 and 40 s; the third would after 80.
  expect(recorded).toEqual([a, b])
  expect(finished).toEqual([{ unmade: [c], until: lateAt }])
})

test('a failure of the provider is rechecked within the shard', async () => {
  const confirming = planOf([['openai', 'a']], { confirm: true })
  const { clock, sleep, during } = sleepingClock()
  const planned: string[] = []
  const { store, recorded, finished } = shardStore(
    confirming,
    { clock },
    {
      planConfirm: async ({ id }) => {
        planned.push(id)
        return { planned: true }
      },
      claimProbe: async ({ probeId }) => {
        const [probe] = confirming.probes
        if (probe === undefined) throw new Error('no probe')
        return {
          probe: { ...probe, id: probeId ?? '' },
          settings: confirming.settings,
          claims: 1,
          leaseUntil: new Date(60_000),
          ownLoad: false,
          targetId: null,
        }
      },
    },
  )
  const measure = async () =>
    observation(confirming, { success: false, errorKind: 'connect', faultDomain: 'provider' })
  await during(makeShard(confirming, { store, clock, sleep, measure }))
  expect(recorded).toEqual([confirming.probes[0]?.id, ...planned])
  expect(finished).toEqual([{ unmade: [], until: null }])
})

test('a recheck that there is no time for is given back', async () => {
  const confirming = planOf([['openai', 'a']], { confirm: true })
  const clock = stillClock()
  const stop = new AbortController()
  const planned: string[] = []
  const { store, finished } = shardStore(
    confirming,
    { clock },
    {
      planConfirm: async ({ id }) => {
        planned.push(id)
        stop.abort()
        return { planned: true }
      },
    },
  )
  const measure = async () =>
    observation(confirming, { success: false, errorKind: 'connect', faultDomain: 'provider' })
  await makeShard(confirming, { store, clock, measure, stop: stop.signal })
  expect(planned).toHaveLength(1)
  expect(finished).toEqual([{ unmade: planned, until: null }])
})

test('a bug ends it, and its lease is not renewed any more', async () => {
  const { clock, sleep, during } = sleepingClock()
  const { store, renewals, finished } = shardStore(plan, { clock })
  const measure = () => Promise.reject(new Error('a bug'))
  const made = makeShard(plan, { store, clock, sleep, measure })
  await expect(made).rejects.toThrow('a bug')
  await during(sleep(100_000))
  expect(renewals).toEqual([])
  expect(finished).toEqual([])
})
