import { expect, test } from 'vitest'
import type { Plan } from '../../../src/core/plan.ts'
import { execute, resume } from '../../../src/run/execute.ts'
import type { RunParts } from '../../../src/run/parts.ts'
import { retryUntil } from '../../../src/run/retry-until.ts'
import { createMemoryStore } from '../../../src/store/memory.ts'
import type { Spool, SpooledCall } from '../../../src/store/spool.ts'
import { type RunStore, StoreError, type StoreErrorKind } from '../../../src/store/store.ts'
import { decodeTimeline } from '../../../src/store/timeline.ts'
import {
  unreachable,
  collect,
  observation,
  partsOf,
  planOf,
  stillClock,
  typesOf,
} from '../../support/run-parts.ts'

/** A clock that sleeping moves. */
function sleepingClock() {
  const clock = stillClock()
  return { clock, sleep: async (ms: number) => clock.advance(ms) }
}

/** When a call that fails in some way was tried, in s, until this moment. */
async function triesOf(kind: StoreErrorKind, until?: number): Promise<number[]> {
  const { clock, sleep } = sleepingClock()
  const tries: number[] = []
  const call = () => {
    tries.push(clock.now() / 1000)
    return unreachable(kind)
  }
  await expect(
    retryUntil(call, until === undefined ? { clock, sleep } : { clock, sleep, until }),
  ).rejects.toMatchObject({ kind })
  return tries
}

test('nothing is tried again once a stop is asked for, nor waited for', async () => {
  const { clock } = sleepingClock()
  const stop = new AbortController()
  const call = () => {
    stop.abort()
    return unreachable()
  }
  const sleep = () => Promise.reject(new Error('it waits'))
  await expect(retryUntil(call, { clock, sleep, stop: stop.signal })).rejects.toMatchObject({
    kind: 'unavailable',
  })
})

test('a call is tried again after 1, 2, 4 and then every 5 s, as long as the next try is in time', async () => {
  expect(await triesOf('unavailable', 17_000)).toEqual([0, 1, 3, 7, 12, 17])
  expect(await triesOf('timeout', 16_999)).toEqual([0, 1, 3, 7, 12])
  expect(await triesOf('unavailable', 999)).toEqual([0])
})

test('without a time of its own a call is tried for 30 s', async () => {
  expect(await triesOf('unavailable')).toEqual([0, 1, 3, 7, 12, 17, 22, 27])
})

test.each<StoreErrorKind>(['denied', 'bug', 'missing', 'conflict', 'invalid'])(
  'an error that will not pass (%s) is not waited for',
  async (kind) => expect(await triesOf(kind, 60_000)).toEqual([0]),
)

test('a stop ends the waiting at once, with what was last said', async () => {
  const stop = new AbortController()
  let tries = 0
  const call = () => {
    tries += 1
    return unreachable()
  }
  // Nothing ends this pause but the stop.
  const sleep = () => {
    queueMicrotask(() => stop.abort())
    return Promise.withResolvers<void>().promise
  }
  const { clock } = sleepingClock()
  await expect(retryUntil(call, { clock, sleep, stop: stop.signal })).rejects.toMatchObject({
    kind: 'unavailable',
  })
  expect(tries).toBe(1)
})

test('what is no error of the store is thrown at once, and what comes back is given', async () => {
  const { clock, sleep } = sleepingClock()
  await expect(
    retryUntil(() => Promise.reject(new TypeError('a mistake')), { clock, sleep }),
  ).rejects.toThrow('a mistake')
  expect(clock.now()).toBe(0)
  let calls = 0
  const second = () => ((calls += 1) === 1 ? unreachable() : Promise.resolve('back'))
  expect(await retryUntil(second, { clock, sleep })).toBe('back')
  expect(clock.now()).toBe(1000)
})

/** A run without a disk that must be over at 12 s. */
const untilTwelve = {
  deadline: { at: 12_000, onExpiry: 'skip' },
  whenUnreachable: { retryUntil: 12_000 },
} as const

const timeouts = { connect: 1000, firstToken: 1000, idle: 1000, total: 4000 }
const one = () => planOf([['openai', 'a']], { timeouts })

/** Runs a plan whose database fails at one call, and notes when that was tried, in s. */
async function runFailing(
  name: 'claimProbe' | 'recordResult' | 'finishRun',
  more: Partial<RunParts> & { kind?: StoreErrorKind },
) {
  const { kind = 'unavailable', ...parts } = more
  const plan = one()
  const { clock, sleep } = sleepingClock()
  const tries: number[] = []
  const fail = () => {
    tries.push(clock.now() / 1000)
    return unreachable(kind)
  }
  const store: RunStore = { ...createMemoryStore(), [name]: fail }
  const events = await collect(execute(plan, partsOf(plan, { store, clock, sleep, ...parts })))
  return { plan, tries, events, types: typesOf(events) }
}

test('without a disk a result is offered until the run must be over, then it is whole in an event', async () => {
  const { plan, tries, events, types } = await runFailing('recordResult', untilTwelve)
  expect(tries).toEqual([0, 1, 3, 7, 12])
  expect(types).toEqual(['run_started', 'probe_started', 'probe_lost', 'run_finished'])
  const seen = observation(plan)
  expect(events[2]).toMatchObject({
    error: { kind: 'unavailable' },
    result: {
      id: plan.probes[0]?.resultId,
      response_text: seen.responseText,
      ttft_ms: seen.ttftMs,
    },
  })
  const lost = events[2]?.type === 'probe_lost' ? events[2].timeline : null
  expect(lost && (await decodeTimeline(lost))).toEqual(seen.timeline)
})

test('a result is recorded if the database is reachable again in time', async () => {
  const plan = one()
  const { clock, sleep } = sleepingClock()
  const memory = createMemoryStore()
  const recordResult: RunStore['recordResult'] = (result) =>
    clock.now() < 3000 ? unreachable() : memory.recordResult(result)
  const store = { ...memory, recordResult }
  const events = await collect(execute(plan, partsOf(plan, { store, clock, sleep, ...untilTwelve })))
  expect(typesOf(events)).toEqual(['run_started', 'probe_started', 'probe_recorded', 'run_finished'])
  expect(clock.now()).toBe(3000)
})

test('a run without an end tries once', async () => {
  const { tries, types } = await runFailing('recordResult', {})
  expect(tries).toEqual([0])
  expect(types).toContain('probe_lost')
})

test.each<[StoreErrorKind, number[]]>([
  ['denied', [0, 1, 3, 7, 12]],
  ['missing', [0, 1, 3, 7, 12]],
  ['bug', [0, 1, 3, 7, 12]],
  ['conflict', [0]],
  ['invalid', [0, 1, 3, 7, 12]],
  ['too_large', [0]],
])('a result that is refused (%s) is offered as long as that may help', async (kind, expected) => {
  const { tries, types } = await runFailing('recordResult', { kind, ...untilTwelve })
  expect(tries).toEqual(expected)
  expect(types).toContain('probe_lost')
})

test('a result whose values the database judged is not offered again', async () => {
  let tries = 0
  const refusal = new StoreError('invalid', 'a check failed', { code: '23514' })
  const plan = one()
  const recordResult = () => {
    tries += 1
    return Promise.reject(refusal)
  }
  const store = { ...createMemoryStore(), recordResult }
  const parts = { store, ...sleepingClock(), ...untilTwelve }
  const events = await collect(execute(plan, partsOf(plan, parts)))
  expect(tries).toBe(1)
  expect(typesOf(events)).toContain('probe_lost')
})

test('a schema cache that has not seen a migration is waited for', async () => {
  const { clock, sleep } = sleepingClock()
  const stale = new StoreError('missing', 'not in the schema cache', { code: 'PGRST202' })
  const call = () => (clock.now() < 7000 ? Promise.reject(stale) : Promise.resolve('found'))
  expect(await retryUntil(call, { clock, sleep })).toBe('found')
  expect(clock.now()).toBe(7000)
})

test('a claim is given up while its call would still have time to end', async () => {
  // 12 s less the 4 s of a call: the try at 7 s is in time, one at 12 s is not.
  const { tries, types } = await runFailing('claimProbe', untilTwelve)
  expect(tries).toEqual([0, 1, 3, 7])
  expect(types).toEqual(['run_started', 'store_failed'])
})

test('the end of a run is written until the run must be over', async () => {
  const { tries, types } = await runFailing('finishRun', untilTwelve)
  expect(tries).toEqual([0, 1, 3, 7, 12])
  expect(types.at(-1)).toBe('store_failed')
})

/** A spool in memory. */
function keptSpool(): Spool & { calls: SpooledCall[] } {
  const calls: SpooledCall[] = []
  return { dir: 'nowhere', calls, add: (_, call) => void calls.push(call) }
}

/** A run that another worker began and this one resumes. */
async function joined(plan: Plan, part: (memory: RunStore) => Partial<RunStore>): Promise<RunStore> {
  const memory = createMemoryStore()
  const { run } = await memory.startRun(plan, 'local')
  return {
    ...memory,
    joinRun: () => Promise.resolve({ joined: true, run, settings: plan.settings }),
    ...part(memory),
  }
}

test('with a disk nothing is waited for: a result goes there, and the end of its run after it', async () => {
  const spool = keptSpool()
  const { tries, types } = await runFailing('recordResult', { ...untilTwelve, whenUnreachable: { spool } })
  expect(tries).toEqual([0])
  expect(types).toEqual(['run_started', 'probe_started', 'probe_spooled', 'run_finished'])
  expect(spool.calls.map(({ name }) => name)).toEqual(['record_result', 'finish_run'])
})

test('a run that was joined puts results on disk too, with its end after them', async () => {
  const plan = one()
  const spool = keptSpool()
  const finished: string[] = []
  const store = await joined(plan, (memory) => ({
    recordResult: () => unreachable(),
    finishRun: (input) => {
      finished.push(input.runId)
      return memory.finishRun(input)
    },
  }))
  const events = await collect(resume(plan.id, partsOf(plan, { store, whenUnreachable: { spool } })))
  expect(typesOf(events)).toEqual(['run_joined', 'probe_started', 'probe_spooled', 'run_finished'])
  expect(events.at(-1)).toMatchObject({ run: { id: plan.id } })
  expect(spool.calls).toMatchObject([
    { name: 'record_result' },
    { name: 'finish_run', input: { run_id: plan.id, status: 'finished' } },
  ])
  // The database closes the run when it has the result, not before.
  expect(finished).toEqual([])
})

test('a run that was joined and loses the database only at its end closes on disk', async () => {
  const plan = one()
  const spool = keptSpool()
  const store = await joined(plan, () => ({ finishRun: () => unreachable() }))
  const events = await collect(resume(plan.id, partsOf(plan, { store, whenUnreachable: { spool } })))
  expect(typesOf(events)).toEqual(['run_joined', 'probe_started', 'probe_recorded', 'run_finished'])
  expect(spool.calls.map(({ name }) => name)).toEqual(['finish_run'])
})

test('a run that was joined cannot claim without the database: it ends with an event', async () => {
  const plan = one()
  const store = await joined(plan, () => ({ claimProbe: () => unreachable() }))
  const events = await collect(
    resume(plan.id, partsOf(plan, { store, whenUnreachable: { spool: keptSpool() } })),
  )
  expect(events.at(-1)).toMatchObject({ type: 'store_failed', error: { kind: 'unavailable' } })
})
