import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exchange } from '../net/wire.ts'
import { listenTo, openStream } from './stream.ts'

const chunk = JSON.stringify({ choices: [{ index: 0, delta: { content: 'x' }, finish_reason: null }] })
const answer = `data: ${chunk}\n\n`.repeat(100)

/**
 * Calls ourselves over loopback, so that the first real call does not measure how Node loads its own modules:
 * without it the first call showed 25 ms of connecting and 4 ms of TTFT too much. Skipped if listening is not
 * allowed.
 */
export const rehearse = (): Promise<void> => onLoopback(callLoopback)

/** Answers every request at a URL of ours with a stream while `use` lasts. What fails is left out, as all is if listening is not allowed. */
export async function onLoopback(use: (url: string) => Promise<unknown>): Promise<void> {
  const server = createServer((_, response) => response.end(answer)).listen(0, '127.0.0.1')
  try {
    await once(server, 'listening')
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  } catch {
    return
  } finally {
    server.close()
    server.closeAllConnections()
  }
}

/** The limit of that call, in ms. */
const timeoutMs = 1000

async function callLoopback(url: string): Promise<void> {
  await exchange(
    { url: new URL(url), headers: {}, body: '{}' },
    {
      clock: { now: () => 0, date: () => new Date(0) },
      env: {},
      egress: 'trusted',
      signal: AbortSignal.timeout(timeoutMs),
      onSent: () => {},
      ...listenTo(openStream()),
    },
  )
}
