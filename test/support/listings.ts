import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'

/** The response to a listing request; a body that is not a string is sent as JSON. */
export interface Answer {
  status?: number
  type?: string
  body: unknown
  /** Compress, even if the client did not ask for it. */
  gzip?: boolean
}

/** A running server of listings. */
export interface Listings {
  /** `http://127.0.0.1:PORT`. */
  url: string
  /** The responses from now on, by path and query or by path alone. */
  routes: Record<string, Answer>
  /** The requests so far, oldest first. */
  requests: { url: string; headers: Record<string, string | string[] | undefined> }[]
  close: () => Promise<void>
}

/** Serves listings on loopback; a path without a route is a 404. */
export async function serveListings(routes: Record<string, Answer>): Promise<Listings> {
  const listings: Listings = { url: '', routes, requests: [], close: () => Promise.resolve() }
  const server = createServer(({ url = '', headers }, response) => {
    listings.requests.push({ url, headers })
    const answer = listings.routes[url] ?? listings.routes[url.split('?')[0] ?? '']
    const {
      status = 200,
      type = 'application/json',
      body,
      gzip = false,
    } = answer ?? { status: 404, body: { error: 'no such path' } }
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    response.writeHead(status, { 'content-type': type, ...(gzip && { 'content-encoding': 'gzip' }) })
    response.end(gzip ? gzipSync(text) : text)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  listings.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  listings.close = async () => {
    server.closeAllConnections()
    await new Promise((closed) => server.close(closed))
  }
  return listings
}
