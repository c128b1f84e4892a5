import { expect, test } from 'vitest'
import type { Plan } from '../../../src/core/plan.ts'
import { configuredProviders } from '../../../src/registry/configure.ts'
import { isSignOfLife, startSummary } from '../../../src/run/summary.ts'
import { execute } from '../../../src/run/execute.ts'
import type { RunParts } from '../../../src/run/parts.ts'
import { exitCode } from '../../../src/cli/exit-code.ts'
import { runExitCode } from '../../../src/cli/run-exit-code.ts'
import { follow } from '../../../src/run/watch.ts'
import { createMemoryStore } from '../../../src/store/memory.ts'
import { toResultRow } from '../../../src/store/result-codec.ts'
import { toRunRow } from '../../../src/store/run-codec.ts'
import { failureOf, type RunStore, StoreError } from '../../../src/store/store.ts'
import { sampleResult, samplePlan } from '../../support/samples.ts'

const { providers } = configuredProviders({ OPENAI_API_KEY: 'sk-a' })
const slot = new Date('2026-11-26T10:00:00.000Z')
const scheduledPlan = () => samplePlan(['a', 'b'], { schedule: 'benchmark', slot, mode: 'scheduled' })
const unreachable = () => Promise.reject(new StoreError('unavailable', 'away'))

/** Whether a run of this plan into this store is a sign of life. */
async function isOne(plan: Plan, store: RunStore, stop = new AbortController().signal): Promise<boolean> {
  const [probe] = plan.probes
  if (probe === undefined) throw new Error('the plan is empty')
  const { add, summary } = startSummary()
  const clock = { now: () => 0, date: () => slot }
  const measure = () =>
    Promise.resolve({ ...sampleResult(plan, probe), cacheWriteTokens: 0, chargedUsd: null })
  const parts: RunParts = {
    store,
    clock,
    providers,
    measure,
    stop,
    random: () => 0,
    uuid: () => 'x',
    sleep: () => Promise.resolve(),
    owner: 'test',
    region: 'local',
    budget: null,
    whenUnreachable: 'fail',
    deadline: null,
    startBy: 30_000,
  }
  await follow(execute(plan, parts), [add])
  return isSignOfLife(summary)
}

test('a scheduled run that went its way is a sign of life', async () => {
  expect(await isOne(scheduledPlan(), createMemoryStore())).toBe(true)
})

test('a run by hand is none', async () => {
  expect(await isOne(samplePlan(['a']), createMemoryStore())).toBe(false)
})

test('a slot that had its run already is none', async () => {
  const store = createMemoryStore()
  const plan = scheduledPlan()
  expect(await isOne(plan, store)).toBe(true)
  expect(await isOne(plan, store)).toBe(false)
})

test('a slot in which no target was due is one, and no failure', async () => {
  const store = createMemoryStore()
  const { add, summary } = startSummary()
  const finished = { ...samplePlan([], { schedule: 'benchmark', slot, mode: 'scheduled' }) }
  const { run } = await store.startRun(finished, 'local')
  await add({ type: 'run_finished', run: toRunRow({ ...run, status: 'finished' }), spooled: false })
  expect(isSignOfLife(summary)).toBe(true)
  expect(runExitCode(summary)).toBe(exitCode.ok)
  expect(runExitCode({ ...summary, lost: failureOf(new StoreError('unavailable', 'away')) })).toBe(
    exitCode.notRecorded,
  )
})

test('a run that was interrupted is none', async () => {
  expect(await isOne(scheduledPlan(), createMemoryStore(), AbortSignal.abort())).toBe(false)
})

test('a run that recorded nothing, or was not closed, is none', async () => {
  expect(await isOne(scheduledPlan(), { ...createMemoryStore(), recordResult: unreachable })).toBe(false)
  expect(await isOne(scheduledPlan(), { ...createMemoryStore(), finishRun: unreachable })).toBe(false)
})

test('a run that lost one of its results has recorded the others, and is one', async () => {
  const store = createMemoryStore()
  let calls = 0
  const losing: RunStore = {
    ...store,
    recordResult: (result) => ((calls += 1) === 1 ? unreachable() : store.recordResult(result)),
  }
  expect(await isOne(scheduledPlan(), losing)).toBe(true)
})

test('a warm-up is recorded, and is no success', async () => {
  const plan = samplePlan(['a'])
  const [probe] = plan.probes
  if (probe === undefined) throw new Error('the plan is empty')
  const { add, summary } = startSummary()
  for (const warmup of [true, false]) {
    const result = toResultRow({ ...sampleResult(plan, probe), warmup })
    await add({ type: 'probe_recorded', result, left_out: [], target_id: null })
  }
  expect(summary).toMatchObject({ recorded: 2, succeeded: 1 })
})
