import { expect, test } from 'vitest'
import { makeShards } from '../../../src/fleet/make-shards.ts'
import type { ShardRunStore } from '../../../src/run/shard-recorder.ts'
import { observation, partsOf, planOf, unreachable } from '../../support/run-parts.ts'
import { shardStore } from '../../support/shards.ts'
import { sleepingClock } from '../../support/sleeping-clock.ts'

const plan = planOf(['a', 'b', 'c'].map((model) => ['openai', model]))

/** Makes what is left of a run, until a moment, with a database that does not answer the first claims. */
async function makingAfter(failures: number, until = 600_000) {
  const { clock, sleep, during } = sleepingClock()
  const given = shardStore(plan, { clock })
  let claims = 0
  const store: ShardRunStore = {
    ...given.store,
    claimShard: (input) => (++claims > failures ? given.store.claimShard(input) : unreachable()),
  }
  const { deadline: _, startBy: __, ...parts } = partsOf(plan)
  const making = {
    ...parts,
    store,
    clock,
    sleep,
    measure: () => Promise.resolve(observation(plan)),
    until,
    longestMs: 20_000,
    watchers: [],
  }
  return during(makeShards({ runId: plan.id, lateAt: null }, 1, making))
}

test('a claim that the database does not answer is made again while there is time', async () => {
  expect(await makingAfter(3)).toMatchObject({ probes: 3, isLeft: false, closed: { status: 'finished' } })
})

test('without an answer until there is no time for a call it gives up', async () => {
  await expect(makingAfter(1000)).rejects.toMatchObject({ kind: 'unavailable' })
})

test('calls that may last longer than there is time are left to a successor', async () => {
  // The run's own limit of a call is two minutes.
  expect(await makingAfter(0, 60_000)).toMatchObject({ probes: 0, isLeft: true, closed: null })
})
