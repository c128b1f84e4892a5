import { expect, test } from 'vitest'
import { createMemoryStore } from '../../../src/store/memory.ts'
import { failedResult, samplePlan, sampleProbe, sampleResult, sampleTarget } from '../../support/samples.ts'
import { recordResult } from '../../support/record-result.ts'

const claimOf = (runId: string) => ({ runId, owner: 'me', leaseMs: 1000, region: 'local' })

test('a run completes without a database', async () => {
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
  expect(await recordResult(store, result)).toMatchObject({ recorded: true, id: result.id })
  expect(await recordResult(store, result)).toMatchObject({ recorded: false })
  await recordResult(store, failedResult(plan, second.probe))
  expect(await store.skipProbes({ runId, reason: 'interrupted' })).toEqual({ skipped: 1 })
  expect(await store.claimProbe(claimOf(runId))).toBeNull()
  expect(await store.finishRun({ runId, status: 'cancelled' })).toMatchObject({
    nSucceeded: 1,
    nFailed: 1,
    nSkipped: 1,
    skipReasons: { interrupted: 1 },
  })
  expect(await store.finishRun({ runId, status: 'finished' })).toMatchObject({ status: 'cancelled' })
})

test('only probes of the region can be claimed', async () => {
  const store = createMemoryStore()
  const probes = [sampleProbe(sampleTarget('far'), { region: 'fra1' }), sampleProbe(sampleTarget('near'))]
  const plan = samplePlan([], { probes })
  await store.startRun(plan, 'local')
  expect(await store.claimProbe(claimOf(plan.id))).toMatchObject({ probe: { target: { model: 'near' } } })
  expect(await store.claimProbe(claimOf(plan.id))).toBeNull()
})

test('a probe that the plan skips is never claimed and counts as skipped', async () => {
  const store = createMemoryStore()
  const probes = [
    sampleProbe(sampleTarget('large'), { skipReason: 'its context is too small' }),
    sampleProbe(sampleTarget('fits')),
  ]
  const plan = samplePlan([], { probes })
  expect(await store.startRun(plan, 'local')).toMatchObject({ run: { nProbes: 2, nSkipped: 1 } })
  expect(await store.claimProbe(claimOf(plan.id))).toMatchObject({ probe: { target: { model: 'fits' } } })
  expect(await store.claimProbe(claimOf(plan.id))).toBeNull()
  expect(await store.finishRun({ runId: plan.id, status: 'finished' })).toMatchObject({
    skipReasons: { 'its context is too small': 1 },
  })
})

test('a run that was never started is missing', async () => {
  await expect(createMemoryStore().claimProbe(claimOf('x'))).rejects.toMatchObject({ kind: 'missing' })
})
