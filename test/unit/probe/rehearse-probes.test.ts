import { expect, test } from 'vitest'
import { systemClock } from '../../../src/core/clock.ts'
import { startLagMonitor } from '../../../src/probe/lag.ts'
import { rehearseProbes } from '../../../src/probe/rehearse-probes.ts'

test.each([0, 1, 25])('%i calls are rehearsed if so many are asked for', async (times) => {
  const lag = startLagMonitor(systemClock)
  let begun = 0
  const watch = () => {
    begun += 1
    return lag.watch()
  }
  await rehearseProbes(times, ['openai', 'groq'], {
    clock: systemClock,
    lag: { ...lag, watch },
    env: {},
    egressAllow: [],
  })
  lag.close()
  expect(begun).toBe(times)
})
