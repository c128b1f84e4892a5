import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Synthetic } from '../../src/synthetic/server.ts'

/** A request as the provider saw it, in ms since it opened. */
interface SeenRequest {
  provider: string
  region: string
  began: number
  status: number
  /** In flight at this provider from this region with it. */
  inFlight: number
  /** Whether whoever asked was gone before the answer had ended. */
  gone: boolean
}

/** Providers at `/REGION/PROVIDER/v1`, before the synthetic one. */
export interface Front {
  url: string
  seen: readonly SeenRequest[]
  close: () => void
}

const retryAfterS = 3

/**
 * Opens providers that refuse what is above their limit with 429 and Retry-After. A request is in flight from its arrival
 * until its answer is written, or until the provider sees that the socket of who asked is closed, as that of a killed worker is.
 */
export async function openFront(synthetic: Synthetic, mostOf: (provider: string) => number): Promise<Front> {
  const seen: SeenRequest[] = []
  const inFlight = new Map<string, number>()
  const add = (key: string, by: number): number => {
    const count = (inFlight.get(key) ?? 0) + by
    inFlight.set(key, count)
    return count
  }
  const server = createServer((asked, answer) => {
    const [, region = '', provider = '', ...path] = (asked.url ?? '').split('/')
    const lane = `${provider} ${region}`
    const [all, here] = [add(provider, 1), add(lane, 1)]
    const isRefused = all > mostOf(provider)
    const call = {
      provider,
      region,
      began: performance.now(),
      status: isRefused ? 429 : 200,
      inFlight: here,
      gone: false,
    }
    seen.push(call)
    answer.once('close', () => {
      add(provider, -1)
      add(lane, -1)
      call.gone = !answer.writableFinished
    })
    if (isRefused) refuse(asked, answer)
    else pass(asked, answer, { port: synthetic.port, path: `/${path.join('/')}` })
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

function refuse(asked: IncomingMessage, answer: ServerResponse): void {
  asked.resume().once('end', () => {
    answer.writeHead(429, { 'content-type': 'application/json', 'retry-after': String(retryAfterS) })
    answer.end(JSON.stringify({ error: { message: 'Rate limit reached', code: 'rate_limit_exceeded' } }))
  })
}

function pass(asked: IncomingMessage, answer: ServerResponse, to: { port: number; path: string }): void {
  const { method, headers } = asked
  const upstream = request({ host: '127.0.0.1', ...to, method, headers }, (reply) => {
    answer.writeHead(reply.statusCode ?? 502, reply.headers)
    reply.pipe(answer)
  })
  upstream.on('error', () => answer.destroy())
  answer.once('close', () => upstream.destroy())
  asked.pipe(upstream)
}
