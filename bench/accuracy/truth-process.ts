import { createServer, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises'
import { seededRandom } from '../../src/core/random.ts'
import { prose } from '../../src/synthetic/prose.ts'
import { hiddenTokens, markOf, type Script } from './script.ts'

// A server of server-sent events in a process of its own. Each event holds the machine's monotonic clock as
// it was right before its write, which on a plain socket is the system call: node:http would hold it back
// until the next tick.

const now = (): string => (Number(process.hrtime.bigint()) / 1e6).toFixed(4)

const head =
  'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nx-request-id: truth\r\ntransfer-encoding: chunked\r\n\r\n'
const framed = (data: string): string => {
  const event = `data: ${data}\n\n`
  return `${event.length.toString(16)}\r\n${event}\r\n`
}
const chunk = (id: string, choices: string, more = ''): string =>
  `{"id":"${id}","object":"chat.completion.chunk","created":1700000000,"model":"truth","choices":[${choices}]${more}}`
const choice = (delta: string, finish = 'null'): string =>
  `{"index":0,"delta":{${delta}},"logprobs":null,"finish_reason":${finish}}`

/** The text of every event: words of prose, as uneven as tokens are. */
function texts({ id, chunks, tokensPerChunk = 1, mark, even }: Script): string[] {
  const seed = Buffer.from(id).reduce((sum, byte) => (sum * 31 + byte) % 2 ** 31, chunks)
  const words = prose(seededRandom(seed))
  return Array.from({ length: chunks }, (_, sequence) =>
    mark
      ? markOf(id, sequence)
      : Array.from({ length: tokensPerChunk }, () => (even ? 'word ' : String(words.next().value))).join(''),
  )
}

function tokenEvent({ id, chunks, reasoning }: Script, sequence: number, text: string): string {
  const field = reasoning === 'shown' && sequence < chunks / 2 ? 'reasoning_content' : 'content'
  return framed(
    chunk(
      id,
      choice(`"${field}":"${text}"`),
      `,"stream":"${id}","sequence":${sequence},"sent_at_ms":${now()}`,
    ),
  )
}

function ending({ id, chunks, tokensPerChunk = 1, reasoning }: Script): string {
  const extra = reasoning === 'hidden' ? hiddenTokens : 0
  const thought = reasoning === 'shown' ? Math.ceil(chunks / 2) * tokensPerChunk : extra
  const output = chunks * tokensPerChunk + extra
  const usage = `,"usage":{"prompt_tokens":10,"completion_tokens":${output},"total_tokens":${output + 10},"completion_tokens_details":{"reasoning_tokens":${thought}}}`
  return `${framed(chunk(id, choice('', '"stop"')))}${framed(chunk(id, '', usage))}${framed('[DONE]')}0\r\n\r\n`
}

async function answer(socket: Socket, script: Script): Promise<void> {
  const { ttftMs = 0, gapMs = 0, tailMs = 0, perWrite = 1, flood } = script
  const start = performance.now()
  const pieces = texts(script)
  socket.write(head + framed(chunk(script.id, choice('"role":"assistant","content":""'))))
  for (let from = 0; from < pieces.length; from += perWrite) {
    const wait = start + ttftMs + (from / perWrite) * gapMs - performance.now()
    if (!flood && wait > 0) await sleep(wait)
    if (socket.destroyed) return
    const group = pieces.slice(from, from + perWrite)
    const events = group.map((text, index) => tokenEvent(script, from + index, text)).join('')
    if (!socket.write(events)) await drained(socket)
    // The streams of a flood take turns.
    else if (flood) await turn()
  }
  if (tailMs > 0) await sleep(tailMs)
  if (!socket.destroyed) socket.write(ending(script))
  ended = performance.now()
}

/**
 * Between the end of an answer and the next request: the pauses of a client that calls one after another, in
 * ms.
 */
let pauses: number[] = []
let ended = NaN

const drained = (socket: Socket) =>
  new Promise<void>((ready) => {
    socket.once('drain', ready).once('close', ready)
  })

/** What a model is taken for whose name is not a script. */
const usual = { chunks: 20, ttftMs: 20, gapMs: 3 }

/** The script of a request that is all there; null before. */
function scriptIn(text: string): Script | null {
  const split = text.indexOf('\r\n\r\n')
  const length = Number(/content-length: (\d+)/i.exec(text.slice(0, split))?.[1])
  const body = text.slice(split + 4)
  if (split === -1 || body.length < length) return null
  const { model } = JSON.parse(body) as { model: string }
  return model.startsWith('{') ? (JSON.parse(model) as Script) : { ...usual, id: model }
}

const server = createServer({ noDelay: true }, (socket) => {
  let text = ''
  socket.on('error', () => socket.destroy())
  socket.on('data', (bytes) => {
    text += bytes.toString('latin1')
    const script = scriptIn(text)
    if (script === null) return
    text = ''
    pauses.push(performance.now() - ended)
    void answer(socket, script)
  })
})
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () =>
  process.send?.((server.address() as AddressInfo).port),
)
process.on('message', () => {
  process.send?.(pauses)
  pauses = []
})
process.once('disconnect', () => process.exit())
