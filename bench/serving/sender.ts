import { Agent, get } from 'node:http'
import { startWaker } from './wake.ts'

/** A load of one address. */
export interface Load {
  /** Requests per second. */
  rate: number
  seconds: number
  /** At most so many connections, which are kept alive. Requests that find none free wait for one, first in first out. */
  connections: number
}

/** What became of a load. Milliseconds. */
export interface Sent {
  requests: number
  /** Of each request that succeeded, in order of when they were due: from when it was due until its answer ended. */
  latenciesMs: number[]
  /** Of every request: from when it was due until it was handed to a connection, or to the line for one. */
  lateMs: number[]
  /** Requests that failed, by their status or the code of their error. */
  errors: Record<string, number>
  /** From when the first request was due until the last answer, or as long as the load was to last. */
  tookMs: number
}

/** What the sender goes by. */
export interface Means {
  now: () => number
  /** Resolves at a `now()`, or at once if that is over. */
  until: (at: number) => Promise<void>
  /** Makes one request. Rejects if it fails, with an error whose `code` says how. */
  send: () => Promise<void>
}

/**
 * Sends requests at a constant rate by an absolute schedule. None is left out or moved, whatever became of those before:
 * what is overdue is sent at once, and its latency counts from when it was due. Otherwise a server that stands still would
 * be asked less, and its pause met by few (coordinated omission).
 */
export async function sendAtRate(
  { rate, seconds }: Pick<Load, 'rate' | 'seconds'>,
  { now, until, send }: Means,
): Promise<Sent> {
  const requests = Math.max(1, Math.round(rate * seconds))
  const began = now()
  const lateMs: number[] = []
  const errors: Record<string, number> = {}
  const latencyOf = async (dueAt: number): Promise<number | null> => {
    lateMs.push(now() - dueAt)
    try {
      await send()
      return now() - dueAt
    } catch (error) {
      const { code = String(error) } = error as { code?: string }
      errors[code] = (errors[code] ?? 0) + 1
      return null
    }
  }
  const open: Promise<number | null>[] = []
  for (let index = 0; index < requests; index += 1) {
    const dueAt = began + (index * 1000) / rate
    await until(dueAt)
    open.push(latencyOf(dueAt))
  }
  const latenciesMs = (await Promise.all(open)).filter((each) => each !== null)
  return { requests, latenciesMs, lateMs, errors, tookMs: Math.max(now() - began, (requests * 1000) / rate) }
}

/** A request without an answer after so many ms has failed: in the line or on its connection. */
const patienceMs = 30_000

/** Sends requests to a URL over connections of its own, which are closed at the end. */
export async function sendTo(url: string, load: Load): Promise<Sent> {
  const agent = new Agent({ keepAlive: true, maxSockets: load.connections })
  const { now, until, close } = startWaker()
  const send = () => ask(url, agent)
  try {
    // The thread has to be there before the first request is due.
    await until(now() + 1)
    return await sendAtRate(load, { now, until, send })
  } finally {
    agent.destroy()
    await close()
  }
}

function ask(url: string, agent: Agent): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const failed = (code: string) => {
    reject(Object.assign(new Error(code), { code }))
  }
  const request = get(url, { agent }, (response) => {
    const { statusCode = 0 } = response
    // One that was cut off fails with ECONNRESET.
    response.once('error', reject).once('end', () => {
      if (statusCode >= 200 && statusCode < 400) resolve()
      else failed(`status ${statusCode}`)
    })
    response.resume()
  })
  const giveUp = setTimeout(() => {
    failed('no answer')
    request.destroy()
  }, patienceMs)
  request.once('error', reject).once('close', () => {
    clearTimeout(giveUp)
  })
  return promise
}
