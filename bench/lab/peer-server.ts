import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

// A server of its own process for peers.ts, which stamps what it sends: when a request was there, its first token and its
// last one were written. It has what other tools ask for before they begin.
const { ttftMs, tokens, gapMs } = JSON.parse(process.argv[2] ?? '{}') as {
  ttftMs: number
  tokens: number
  gapMs: number
}

/** A request in ms of this process's clock. */
export interface Stamped {
  arrived: number
  first: number
  last: number
}

let stamped: Stamped[] = []

const chunk = (choices: unknown[], more: object = {}): string =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'synthetic-1', choices, ...more })}\n\n`

async function bodyOf(request: IncomingMessage): Promise<void> {
  for await (const _ of request);
}

const server = createServer({ noDelay: true }, (request, response) => {
  const answer = async () => {
    await bodyOf(request)
    if (request.method === 'GET') {
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ object: 'list', data: [{ id: 'synthetic-1', object: 'model' }] }))
      return
    }
    const arrived = performance.now()
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    let [first, last] = [NaN, NaN]
    for (let token = 0; token < tokens; token += 1) {
      await sleep(Math.max(0, arrived + ttftMs + token * gapMs - performance.now()))
      last = performance.now()
      if (token === 0) first = last
      response.write(chunk([{ index: 0, delta: { content: ' word' }, finish_reason: null }]))
    }
    stamped.push({ arrived, first, last })
    response.write(chunk([{ index: 0, delta: {}, finish_reason: 'stop' }]))
    const usage = { prompt_tokens: 10, completion_tokens: tokens, total_tokens: 10 + tokens }
    response.end(`${chunk([], { usage })}data: [DONE]\n\n`)
  }
  answer().catch(() => response.destroy())
})
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () =>
  process.send?.((server.address() as AddressInfo).port),
)
process.on('message', () => {
  process.send?.(stamped)
  stamped = []
})
process.once('disconnect', () => process.exit())
