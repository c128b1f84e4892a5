import { expect, test } from 'vitest'
import { judgeCalls } from '../../bench/fleet/judge-calls.ts'
import { judgeRows } from '../../bench/fleet/judge-rows.ts'
import { simulate } from '../../bench/fleet/simulate.ts'

// bench/fleet.ts on a small scale: what must hold on any machine, and not how fast it is.
// Time goes fifteen times as fast: a machine that stands still for two seconds misses half a minute.
const squeezed = { retry: 1, timeout: 240_000 }

test(
  'a fleet whose workers and database are killed makes each call once, and no provider has more in flight than it may',
  squeezed,
  async () => {
    const said: string[] = []
    const goals = await simulate(
      {
        targets: 300,
        seed: 1,
        slots: 1,
        minutes: 5,
        factor: 15,
        safe: false,
        say: (line) => said.push(line),
      },
      async (evidence, sql) => [
        ...(await judgeRows(evidence, sql)).goals,
        ...(await judgeCalls(evidence, sql)).goals,
      ],
    )
    expect(
      goals.filter(({ holds }) => !holds),
      said.join('\n'),
    ).toEqual([])
    expect(goals.length).toBeGreaterThan(20)
  },
)
