import { expect, test } from 'vitest'
import { createMemoryStore } from '../../../src/store/memory.ts'
import { failedResult, samplePlan, sampleProbe, sampleResult, sampleTarget } from '../../support/samples.ts'

const claimOf = (runId: string) => ({ runId, owner: 'me', leaseMs: 1000, region: 'local' })

test('a run goes its way without a database', async () => {
  const store = createMemoryStore()
  const plan = samplePlan(['a', 'b', 'c'])
  const runId = plan.id
  expect(await store.startRun(plan, 'local')).toMatchObject({ created: true, run: { id: runId, nProbes: 3 } })
  expect(await store.startRun(plan, 'local')).toMatchObject({ created: false })
  const first = await store.claimProbe(claimOf(runId))
  const second = await store.claimProbe(claimOf(runId))
  expect([first?.probe, second?.probe]).toEqual(plan.probes.slice(0, 2))
  if (!first || !second) throw new Error('nothing was claimed')
  const result = sampleResult(plan, first.probe)
  expect(await store.recordResult(result)).toMatchObject({ recorded: true, id: result.id })
  expect(await store.recordResult(result)).toMatchObject({ recorded: false })
  await store.recordResult(failedResult(plan, second.probe))
  expect(await store.skipProbes({ runId, reason: 'interrupted' })).toEqual({ skipped: 1 })
  expect(await store.claimProbe(claimOf(runId))).toBeNull()
  expect(await store.finishRun({ runId, status: 'cancelled' })).toMatchObject({
    nSucceeded: 1,
    nFailed: 1,
    nSkipped: 1,
  })
  expect(await store.finishRun({ runId, status: 'finished' })).toMatchObject({ status: 'cancelled' })
  const page = await store.listResults({ runId, after: null, limit: 1 })
  expect(page).toMatchObject({
    rows: [{ id: result.id, provider_name: 'OpenAI', ttft_ms: 250.5 }],
    next: result.id,
  })
  expect(await store.listResults({ runId, after: page.next, limit: 1 })).toMatchObject({
    rows: [{ success: false }],
    next: null,
  })
  const since = new Date(Date.now() - 60_000)
  expect((await store.listResults({ since, after: null, limit: 9 })).rows).toHaveLength(2)
  expect((await store.listResults({ until: since, after: null, limit: 9 })).rows).toEqual([])
})

test('only probes of the region are handed out', async () => {
  const store = createMemoryStore()
  const probes = [sampleProbe(sampleTarget('far'), { region: 'fra1' }), sampleProbe(sampleTarget('near'))]
  const plan = samplePlan([], { probes })
  await store.startRun(plan, 'local')
  expect(await store.claimProbe(claimOf(plan.id))).toMatchObject({ probe: { target: { model: 'near' } } })
  expect(await store.claimProbe(claimOf(plan.id))).toBeNull()
})

test('the health of a schedule is that of its own runs', async () => {
  const clock = { now: () => 0, date: () => new Date('2026-11-26T10:00:00.000Z') }
  const store = createMemoryStore(clock)
  const now = clock.date()
  expect(await store.readHealth({ schedule: 's' })).toEqual({ lastFinishedAt: null, lastStatus: null, now })
  for (const hour of [9, 10]) {
    const plan = samplePlan([], {
      schedule: 's',
      slot: new Date(`2026-11-26T${String(hour).padStart(2, '0')}:00:00.000Z`),
    })
    await store.startRun(plan, 'local')
    if (hour === 9) await store.finishRun({ runId: plan.id, status: 'finished' })
  }
  expect(await store.readHealth({ schedule: 's' })).toEqual({
    lastFinishedAt: now,
    lastStatus: 'running',
    now,
  })
  expect(await store.readHealth({ schedule: 'other' })).toMatchObject({ lastFinishedAt: null })
})

test('a run that was never started is missing', async () => {
  await expect(createMemoryStore().claimProbe(claimOf('x'))).rejects.toMatchObject({ kind: 'missing' })
})
