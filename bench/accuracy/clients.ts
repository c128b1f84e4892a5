import { connect } from 'node:net'
import Groq from 'groq-sdk'
import OpenAI from 'openai'
import { systemClock } from '../../src/core/clock.ts'
import type { Timeouts } from '../../src/core/plan.ts'
import { carriesTokens } from '../../src/core/timeline.ts'
import { exchange } from '../../src/net/wire.ts'
import type { LagMonitor } from '../../src/probe/lag.ts'
import { type Call, probe } from '../../src/probe/probe.ts'
import { buildRequest } from '../../src/probe/sdk.ts'
import { listenTo, openStream } from '../../src/probe/stream.ts'
import { syntheticEntry } from '../../src/registry/custom.ts'
import type { Script } from './script.ts'

/** A way to read a stream: its text, and the `performance.now()` of every event that carried some. */
export type Client = (script: Script) => Promise<{ text: string; stamps: number[] }>

const timeouts: Timeouts = { connect: 30_000, firstToken: 60_000, idle: 60_000, total: 120_000 }

/** The call that asks the truth server for a script. */
export function callFor(url: string, script: Script): Call {
  const prompt = 'truth'
  return {
    provider: { entry: syntheticEntry(url), baseUrl: url, key: null, synthetic: true, trusted: true },
    model: JSON.stringify(script),
    parameters: { reasoning: 'default' },
    settings: {
      prompt,
      promptHash: '',
      maxTokens: 512,
      temperature: 0,
      timeouts,
      order: 'sequential',
      confirm: false,
      concurrency: 1,
    },
    system: null,
    prompt,
  }
}

/**
 * The least that reads a stream and gets it right: a socket, chunks, lines, JSON.parse. It sees what comes as
 * early as JavaScript can.
 */
const raw =
  (port: number): Client =>
  (script) =>
    new Promise((resolve, reject) => {
      const body = JSON.stringify({ model: JSON.stringify(script), messages: [], stream: true })
      const stamps: number[] = []
      let answer = ''
      let bytes: Buffer = Buffer.alloc(0)
      let text = ''
      let inBody = false
      const takeEvents = (at: number): boolean => {
        let from = 0
        for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n', from)) {
          const data = text.slice(from + 'data: '.length, end)
          from = end + 2
          if (data === '[DONE]') return true
          const parsed = JSON.parse(data) as { choices: { delta: { content?: string } }[] }
          const content = parsed.choices[0]?.delta.content ?? ''
          if (content === '') continue
          stamps.push(at)
          answer += content
        }
        text = text.slice(from)
        return false
      }
      const takeChunks = () => {
        let from = 0
        for (let end = bytes.indexOf('\r\n'); end !== -1; end = bytes.indexOf('\r\n', from)) {
          const to = end + 2 + Number.parseInt(bytes.toString('latin1', from, end), 16)
          if (to + 2 > bytes.length) break
          text += bytes.toString('utf8', end + 2, to)
          from = to + 2
        }
        bytes = bytes.subarray(from)
      }
      const socket = connect({ port, host: '127.0.0.1', noDelay: true })
      socket.on('error', reject)
      socket.on('data', (read) => {
        const at = performance.now()
        bytes = bytes.length === 0 ? read : Buffer.concat([bytes, read])
        if (!inBody) {
          const end = bytes.indexOf('\r\n\r\n')
          if (end === -1) return
          inBody = true
          bytes = bytes.subarray(end + 4)
        }
        takeChunks()
        if (!takeEvents(at)) return
        socket.destroy()
        resolve({ text: answer, stamps })
      })
      socket.write(
        `POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
      )
    })

/** Our own: the exchange of a probe and the reading of its events, without what comes after the last one. */
const ours =
  (url: string): Client =>
  async (script) => {
    const request = await buildRequest(callFor(url, script))
    const stream = openStream()
    const seen = await exchange(request, {
      clock: systemClock,
      env: {},
      egress: 'trusted',
      signal: new AbortController().signal,
      onSent: () => {},
      ...listenTo(stream),
    })
    if (seen.failure) throw seen.failure
    const stamps = stream.events.filter(carriesTokens).map(({ read }) => seen.t0 + (seen.reads[read] ?? NaN))
    return { text: stream.text, stamps }
  }

/** A whole probe. Its stamps count from a t0 of its own, so they are left out. */
export const whole =
  (url: string, lag: LagMonitor): Client =>
  async (script) => {
    const seen = await probe(callFor(url, script), { clock: systemClock, lag, env: {}, egressAllow: [] })
    if (!seen.success) throw new Error(seen.errorMessage ?? 'a probe failed')
    return { text: seen.responseText ?? '', stamps: [] }
  }

/** The loop that everybody writes. */
const loop =
  (client: OpenAI | Groq): Client =>
  async (script) => {
    const stamps: number[] = []
    let text = ''
    const stream = await (client as OpenAI).chat.completions.create({
      model: JSON.stringify(script),
      messages: [],
      stream: true,
    })
    for await (const chunk of stream) {
      const at = performance.now()
      const content = chunk.choices[0]?.delta.content ?? ''
      if (content === '') continue
      stamps.push(at)
      text += content
    }
    return { text, stamps }
  }

const keyless = { apiKey: 'none', maxRetries: 0 }

/** Every client by its name. */
export const clientsOf = ({ url, port }: { url: string; port: number }) => ({
  raw: raw(port),
  firsttoken: ours(url),
  openai: loop(new OpenAI({ ...keyless, baseURL: url })),
  // The path that this SDK appends by itself begins with openai/v1.
  groq: loop(new Groq({ ...keyless, baseURL: url.replace('/v1', '') })),
})

/** The name of a client. */
export type ClientName = keyof ReturnType<typeof clientsOf>
