import { expect, test } from 'vitest'
import { delta, healthy, pause, probed, streamHead } from '../../support/loopback.ts'

test('an answer that comes all at once has times but no rate, and says why', async () => {
  const answer = Array.from({ length: 30 }, () => delta({ content: ' word' }))
  const seen = await probed(async (socket) => {
    socket.write(streamHead)
    await pause(30)
    socket.write([...answer, ...healthy.slice(-2)].join(''))
    socket.end()
  })
  expect(seen).toMatchObject({ success: true, tps: null, tpotMs: null, itlP50Ms: null })
  expect(seen.ttftMs).toBeGreaterThan(25)
  expect(seen.timingReasons).toContain('all tokens came in a burst: no decoding was seen')
})
