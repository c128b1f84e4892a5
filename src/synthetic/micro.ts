import type { ServerResponse } from 'node:http'
import { setTimeout } from 'node:timers/promises'

// Answers without a model, to measure what serving alone costs: `/micro/plain?bytes=1024` has a length, and
// `/micro/chunked?bytes=1024&chunks=10&delay_ms=0` comes in pieces.

/** The parameters with their bounds, and what holds without them. */
const bounds = {
  bytes: { least: 0, most: 16 * 1024 * 1024, without: 1024 },
  chunks: { least: 1, most: 10_000, without: 10 },
  delay_ms: { least: 0, most: 60_000, without: 0 },
} as const

type Parameters = Record<keyof typeof bounds, number>

/** Reads the parameters of a query; what is wrong with them, if anything is. */
export function readMicro(query: URLSearchParams): Parameters | { problem: string } {
  const parameters: Parameters = { bytes: 0, chunks: 0, delay_ms: 0 }
  for (const name of Object.keys(bounds) as (keyof typeof bounds)[]) {
    const { least, most, without } = bounds[name]
    const given = query.get(name) ?? String(without)
    const value = /^\d+$/.test(given) ? Number(given) : -1
    if (value < least || value > most)
      return { problem: `${name} must be a whole number from ${least} to ${most}.` }
    parameters[name] = value
  }
  return parameters
}

/** Sends text of a fixed length. */
export function sendPlain(response: ServerResponse, { bytes }: Parameters): void {
  response.writeHead(200, { 'content-type': 'text/plain', 'content-length': bytes }).end('x'.repeat(bytes))
}

/** Sends bytes in pieces of the same size, the first of which also takes the rest. */
export async function sendChunked(response: ServerResponse, { bytes, chunks, delay_ms: delay }: Parameters) {
  response.writeHead(200, { 'content-type': 'application/octet-stream' })
  const size = Math.floor(bytes / chunks)
  for (let index = 0; index < chunks && !response.destroyed; index++) {
    if (index > 0 && delay > 0) await setTimeout(delay)
    // A piece without bytes would end the response.
    const piece = index === 0 ? bytes - size * (chunks - 1) : size
    if (piece > 0) response.write(Buffer.alloc(piece, 'x'))
  }
  response.end()
}
