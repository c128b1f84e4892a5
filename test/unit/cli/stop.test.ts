import { setTimeout } from 'node:timers/promises'
import { afterEach, expect, test, vi } from 'vitest'
import { probeAnnouncement, stopSignal, stoppable } from '../../../src/cli/stop.ts'
import { keepOutput } from '../../support/output.ts'

afterEach(() => vi.restoreAllMocks())

/** Signals closer together than this, in ms, count as one. */
const samePressMs = 300

test('signals stop in three steps: finish, abort, exit', async () => {
  const exit = vi.spyOn(process, 'exit').mockImplementation(() => undefined as never)
  const { streams, text } = keepOutput()
  const listeners = process.listenerCount('SIGINT')
  const seen: [boolean, boolean, number][] = []
  await stoppable(async ({ stop, abort }) => {
    const look = () => seen.push([stop.aborted, abort.aborted, exit.mock.calls.length])
    look()
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGINT'] as const) {
      process.emit(signal)
      // The same key press, forwarded by the parent process.
      process.emit(signal)
      look()
      await setTimeout(samePressMs + 20)
    }
  }, probeAnnouncement(streams.stderr))
  expect(seen).toEqual([
    [false, false, 0],
    [true, false, 0],
    [true, true, 0],
    [true, true, 1],
  ])
  expect(exit).toHaveBeenCalledWith(130)
  expect(text.stderr).toMatch(/^\nfinishing the probe in hand.*\n\naborting the probe in hand.*\n/)
  expect(process.listenerCount('SIGINT')).toBe(listeners)
})

test('a command that only waits ends at the first signal', async () => {
  const waiting = stopSignal()
  process.emit('SIGTERM')
  await expect(waiting).resolves.toBeUndefined()
})
