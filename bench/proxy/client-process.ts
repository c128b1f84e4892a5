import { Agent, type IncomingMessage, request } from 'node:http'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { machineClock } from '../../src/core/clock.ts'
import { arrivedHeader, type Asked, bodyOf, type Piece, type Timed, tokensOf } from './answers.ts'

// Sends what it is told, and tells how long each answer was on its ways. What came is read when all have ended.
const agents = new Map<number, Agent>()

interface Kept {
  sent: number
  head: IncomingMessage
  pieces: Piece[]
}

async function ask({ port, frames, delayMs }: Asked, seed: number): Promise<Kept> {
  const agent = agents.get(port) ?? new Agent({ keepAlive: true })
  agents.set(port, agent)
  const body = bodyOf({ frames, delayMs }, seed)
  const headers = {
    'content-type': 'application/json',
    'content-length': body.length,
    authorization: 'Bearer sk-bench',
  }
  const asked = request({
    host: '127.0.0.1',
    port,
    method: 'POST',
    path: '/v1/chat/completions',
    headers,
    agent,
  })
  asked.setNoDelay(true)
  const [socket] = asked.reusedSocket ? [] : await once(asked, 'socket')
  if (socket?.connecting) await once(socket, 'connect')
  const sent = machineClock.now()
  asked.end(body)
  const [head] = (await once(asked, 'response')) as [IncomingMessage]
  const pieces: Piece[] = []
  head.on('data', (bytes: Buffer) => pieces.push({ at: machineClock.now(), bytes }))
  await once(head, 'end')
  return { sent, head, pieces }
}

const textOf = (pieces: readonly Piece[]): string =>
  Buffer.concat(pieces.map(({ bytes }) => bytes))
    .toString()
    .slice(0, 1000)

function timed({ sent, head, pieces }: Kept, { frames }: Asked): Timed {
  const { headers, statusCode } = head
  const arrived = Number(headers[arrivedHeader] ?? headers[`llm_provider-${arrivedHeader}`])
  const [first, ...later] = tokensOf(pieces)
  if (statusCode !== 200 || first === undefined || later.length !== frames - 1 || Number.isNaN(arrived))
    throw new Error(
      `${later.length} of ${frames - 1} later tokens came, status ${statusCode}: ${textOf(pieces)}`,
    )
  const id = headers['x-firsttoken-id']?.toString() ?? null
  return {
    id,
    truthMs: first.written - arrived,
    firstMs: arrived - sent + first.at - first.written,
    laterMs: later.map(({ written, at }) => at - written),
  }
}

process.on('message', (asked: Asked) => {
  const streams = Array.from({ length: asked.streams }, async (_, index) => {
    await sleep((index * asked.withinMs) / asked.streams)
    const kept: Kept[] = []
    for (let turn = 0; turn < asked.answers; turn += 1)
      kept.push(await ask(asked, (asked.round * asked.streams + index) * asked.answers + turn))
    return kept
  })
  void Promise.all(streams).then((kept) => process.send?.(kept.flat().map((each) => timed(each, asked))))
})
process.once('disconnect', () => process.exit())
