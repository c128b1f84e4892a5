import { setTimeout as sleep } from 'node:timers/promises'
import { asObject } from '../../src/core/json.ts'
import { makeFrames } from '../../src/synthetic/chunks.ts'
import { dialects } from '../../src/synthetic/dialects.ts'
import { readMicro } from '../../src/synthetic/micro.ts'
import { makeScript } from '../../src/synthetic/script.ts'

// What the baselines in Node answer: made by the synthetic provider's own code, so that all that differs is who serves it.

const { SYN_FRAMES = 200, SYN_DELAY_MS = 5, SYN_BYTES = 64 } = process.env

/** Of the words of every answer. */
const seed = 1

/** The events of a chat completion, each when it is due: by the request's `frames`, `delay_ms` and `bytes_per_frame`, else by SYN_*. */
export async function* events(request: Record<string, unknown>): AsyncGenerator<string> {
  const began = performance.now()
  const { model, messages, max_tokens: limit } = request
  const maxTokens = Number(request['max_completion_tokens'] ?? limit ?? Infinity)
  const script = makeScript(seed, {
    ttftMs: 0,
    frames: Number(request['frames'] ?? SYN_FRAMES),
    delayMs: Number(request['delay_ms'] ?? SYN_DELAY_MS),
    bytes: Number(request['bytes_per_frame'] ?? SYN_BYTES),
    maxTokens,
  })
  const frames = makeFrames(script, dialects.openai, {
    id: `chatcmpl-${seed.toString(16).padStart(8, '0')}`,
    model: String(model),
    created: Math.floor(Date.now() / 1000),
    promptTokens: Math.ceil(JSON.stringify(messages).length / 4),
    includeUsage: asObject(request['stream_options'])?.['include_usage'] === true,
    finish: script.finish,
  })
  for (const { atMs, text } of frames) {
    const waitMs = began + atMs - performance.now()
    if (waitMs > 0) await sleep(Math.ceil(waitMs))
    yield text
  }
}

const parametersOf = (query: Record<string, string>) => {
  const read = readMicro(new URLSearchParams(query))
  if ('problem' in read) throw new Error(read.problem)
  return read
}

/** Text of a fixed length. */
export const plain = (query: Record<string, string>): string => 'x'.repeat(parametersOf(query).bytes)

/** Bytes in pieces of the same size, the first of which also takes the rest. */
export async function* pieces(query: Record<string, string>): AsyncGenerator<Buffer> {
  const { bytes, chunks, delay_ms: delay } = parametersOf(query)
  const size = Math.floor(bytes / chunks)
  for (let index = 0; index < chunks; index += 1) {
    if (index > 0 && delay > 0) await sleep(delay)
    const piece = index === 0 ? bytes - size * (chunks - 1) : size
    if (piece > 0) yield Buffer.alloc(piece, 'x')
  }
}
