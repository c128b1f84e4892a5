import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import {
  delta,
  flushed,
  head,
  healthy,
  listening,
  pause,
  probed,
  probing,
  saying,
  streamHead,
} from '../../support/loopback.ts'

const token = delta({ content: 'Hello' })

const phases: [name: string, run: (abort: AbortController) => Promise<{ errorKind: string | null }>][] = [
  [
    'before it begins',
    (abort) => {
      abort.abort()
      return probed(saying(streamHead, ...healthy), { parts: { signal: abort.signal } })
    },
  ],
  [
    'while a name is resolved',
    (abort) => {
      const lookup = () => setImmediate(() => abort.abort())
      return probing('http://slow.test/v1', {
        parts: { signal: abort.signal, socket: { lookup } },
      })
    },
  ],
  [
    'in the TLS handshake',
    async (abort) => {
      const silent = createServer((socket) => {
        socket.on('error', () => {}).once('data', () => abort.abort())
        socket.on('end', () => socket.end())
      })
      const url = await listening(silent)
      try {
        return await probing(url.replace('http:', 'https:'), { parts: { signal: abort.signal } })
      } finally {
        silent.close()
      }
    },
  ],
  ['before the headers', (abort) => probed(() => abort.abort(), { parts: { signal: abort.signal } })],
  [
    'before the first token',
    (abort) =>
      probed(
        async (socket) => {
          socket.write(streamHead + delta({ role: 'assistant' }))
          await pause(20)
          abort.abort()
        },
        { parts: { signal: abort.signal } },
      ),
  ],
  [
    'in the middle of the stream',
    (abort) =>
      probed(
        async (socket) => {
          socket.write(streamHead + token)
          await pause(20)
          abort.abort()
        },
        { parts: { signal: abort.signal } },
      ),
  ],
  [
    'in an error body',
    (abort) =>
      probed(
        async (socket) => {
          socket.write(head('200 OK', 'content-type: application/json', 'content-length: 999') + '{"error"')
          await pause(20)
          abort.abort()
        },
        { parts: { signal: abort.signal } },
      ),
  ],
]

test.for(phases)('a person who aborts %s is no fault of the provider', async ([, run]) => {
  expect(await run(new AbortController())).toMatchObject({
    success: false,
    errorKind: 'aborted',
    faultDomain: 'self',
  })
})

test('an abort after the end changes nothing and leaves no listener behind', async () => {
  const abort = new AbortController()
  let listeners = 0
  const { signal } = abort
  const add = signal.addEventListener.bind(signal)
  const remove = signal.removeEventListener.bind(signal)
  signal.addEventListener = (...given: Parameters<typeof add>) => {
    listeners += 1
    add(...given)
  }
  signal.removeEventListener = (...given: Parameters<typeof remove>) => {
    listeners -= 1
    remove(...given)
  }
  const seen = await probed(saying(streamHead, ...healthy), { parts: { signal } })
  abort.abort()
  await flushed()
  expect(seen.success).toBe(true)
  expect(listeners).toBe(0)
})
