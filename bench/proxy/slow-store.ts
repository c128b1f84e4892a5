import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { percentile } from '../../src/core/statistics.ts'
import { atLeast, atMost, median, round } from '../goals.ts'
import type { Part } from '../parts.ts'
import type { Load, Timed } from './answers.ts'
import { startClient } from './client.ts'
import { forkListener, startOurs, type Way } from './ways.ts'

// A database that takes connections and never answers, beside one that works: no request may notice.
const load: Load = { streams: 16, answers: 10, frames: 5, delayMs: 5, withinMs: 100 }
/** More requests than the records that may wait. */
const flood: Load = { ...load, streams: 64, answers: 40, frames: 2, withinMs: 500 }

async function droppedBy(port: number): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  return Number(/^firsttoken_proxy_records_dropped_total (\d+)/m.exec(text)?.[1])
}

/** The first token beside both databases, in turns, and what becomes of the rows. */
export const slowStore: Part = async ({ cwd, short }) => {
  const sockets: Socket[] = []
  const mute = createServer((socket) => void sockets.push(socket.on('error', () => undefined))).listen(
    0,
    '127.0.0.1',
  )
  await once(mute, 'listening')
  const upstream = await forkListener('./upstream-process.ts', 'upstream')
  const url = `http://127.0.0.1:${upstream.port}`
  const away = `postgres://nobody:nothing@127.0.0.1:${(mute.address() as AddressInfo).port}/none?sslmode=disable`
  const works = await startOurs(url, cwd)
  const hangs = await startOurs(url, cwd, { DATABASE_URL: away })
  const client = startClient()
  const p50 = (timed: readonly Timed[]) =>
    percentile(
      timed.map(({ firstMs }) => firstMs),
      0.5,
    ) ?? NaN
  try {
    // What is dropped is the newest; it also warms both up.
    for (const { port } of [works, hangs]) await client.ask({ ...flood, port, round: 0 })
    const rounds: { good: number; bad: number }[] = []
    for (let turn = 1; turn <= (short ? 2 : 12); turn += 1) {
      const ask = async ({ port }: Way) => p50(await client.ask({ ...load, port, round: turn }))
      // The first of two is not always the same.
      const early = turn % 2 === 0 ? await ask(works) : null
      const bad = await ask(hangs)
      rounds.push({ good: early ?? (await ask(works)), bad })
    }
    const dropped = await droppedBy(hangs.port)
    return {
      figures: [
        { database: 'works', 'TTFT on its ways p50, ms': round(median(rounds.map(({ good }) => good))) },
        {
          database: 'never answers',
          'TTFT on its ways p50, ms': round(median(rounds.map(({ bad }) => bad))),
          dropped,
        },
      ],
      goals: [
        atMost(
          'TTFT beside a database that never answers / one that works',
          1.2,
          median(rounds.map(({ good, bad }) => bad / good)),
        ),
        atLeast('records dropped and counted', 1, dropped),
      ],
    }
  } finally {
    for (const socket of sockets) socket.destroy()
    mute.close()
    await Promise.all([client.close(), works.close(), hangs.close(), upstream.close()])
  }
}
