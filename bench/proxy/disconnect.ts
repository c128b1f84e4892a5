import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { atMost, type Goal, median, round } from '../goals.ts'
import type { Part } from '../parts.ts'
import { listening, msToClose, type Scripted, sendTo, startScripted, textEvent } from './scripted.ts'
import { startOurs } from './ways.ts'

// How long the upstream goes on when a client has left, by the phase in which it leaves: from the end of the client's socket to
// that of the upstream's.
const head = { 'content-type': 'text/event-stream' }
const role = 'data: {"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}\n\n'
const long = textEvent('x'.repeat(10_000))

/** What the upstream does before the client leaves, and what the client has seen by then. */
const phases: { phase: string; answer: Scripted['answer']; seen: string; isPaused?: true }[] = [
  { phase: 'headers', answer: () => undefined, seen: '' },
  { phase: 'first token', answer: (to) => void to.writeHead(200, head).write(role), seen: 'assistant' },
  {
    phase: 'streaming',
    answer: (to) => void to.writeHead(200, head).write(role + textEvent('Hello')),
    seen: 'Hello',
  },
  {
    phase: 'paused',
    answer: (to) => {
      to.writeHead(200, head)
      const more = () => {
        while (!to.destroyed && to.write(long));
      }
      to.on('drain', more)
      more()
    },
    seen: '',
    isPaused: true,
  },
]

async function leave(port: number, upstream: Scripted, { answer, seen, isPaused }: (typeof phases)[number]) {
  upstream.answer = answer
  const arrived = upstream.next()
  const client = sendTo(port)
  const socket = await arrived
  let text = ''
  if (isPaused) await standstill(socket)
  else
    while (!text.includes(seen)) {
      const [bytes] = (await once(client, 'data')) as [Buffer]
      text += bytes.toString()
    }
  client.destroy()
  return msToClose(socket)
}

/** Resolves when nothing more can be written to a socket. */
async function standstill(socket: Socket): Promise<void> {
  for (let before = -1; before < socket.bytesWritten;) {
    before = socket.bytesWritten
    await sleep(300)
  }
}

/** A server that takes connections and says nothing: TLS with it goes on for ever. */
async function connecting(times: number, cwd: string): Promise<number[]> {
  const mute = createServer()
  const url = await listening(mute)
  const ours = await startOurs(url.replace('http:', 'https:'), cwd, { DATA_DIR: 'unread' })
  const all: number[] = []
  try {
    for (let time = 0; time < times; time += 1) {
      const called = once(mute, 'connection')
      const client = sendTo(ours.port)
      const [socket] = (await called) as [Socket]
      socket.on('error', () => undefined).resume()
      await once(socket, 'data')
      client.destroy()
      all.push(await msToClose(socket))
    }
  } finally {
    await ours.close()
    mute.close()
  }
  return all
}

/** Every phase, so many times. */
export const disconnect: Part = async ({ cwd, short }) => {
  const times = short ? 3 : 20
  const upstream = await startScripted()
  const ours = await startOurs(upstream.url, cwd)
  const taken: { phase: string; all: number[] }[] = []
  try {
    for (const phase of phases) {
      const all: number[] = []
      for (let time = 0; time < times; time += 1) all.push(await leave(ours.port, upstream, phase))
      taken.push({ phase: phase.phase, all })
    }
    let isCalled = false
    void upstream.next().then(() => (isCalled = true))
    const client = sendTo(ours.port, 5)
    await once(client, 'connect')
    await sleep(100)
    client.destroy()
    await sleep(100)
    taken.unshift({ phase: 'connecting', all: await connecting(times, cwd) })
    return {
      figures: [
        { phase: 'body', 'ms p50': '-', worst: isCalled ? 'the upstream was called' : 'nobody was called' },
        ...taken.map(({ phase, all }) => ({
          phase,
          'ms p50': round(median(all)),
          worst: round(Math.max(...all)),
        })),
      ],
      goals: taken.map(({ phase, all }): Goal =>
        atMost(`ms until the upstream is left, ${phase}`, 50, median(all)),
      ),
    }
  } finally {
    await ours.close()
    upstream.close()
  }
}
