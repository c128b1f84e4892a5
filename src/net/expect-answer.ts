import type { ClientRequest } from 'node:http'

/** Interim answers (1xx) that are read; servers send one or two. */
const mostInterim = 100

/**
 * Fails a request that gets interim answers without end, another protocol than it asked for, or whose
 * connection closes without an answer.
 */
export function expectAnswer(request: ClientRequest, fail: (error: Error) => void): void {
  let interim = 0
  request.on('information', () => {
    interim += 1
    if (interim <= mostInterim) return
    fail(Object.assign(new Error('the answer exceeds the limit of what is read'), { code: 'TOO_LONG' }))
    request.destroy()
  })
  request.once('upgrade', (_, socket) => {
    socket.destroy()
    fail(new Error('it switched protocols'))
  })
  let isAnswered = false
  request.once('response', () => {
    isAnswered = true
  })
  // Node tells an error before, if there was one.
  request.once('close', () => {
    if (isAnswered) return
    const closed = new Error('the connection was closed without an answer')
    fail(Object.assign(closed, { code: 'ECONNRESET' }))
  })
}
