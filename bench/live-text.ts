import { percentile } from '../src/core/statistics.ts'
import type { Onlooker } from '../src/probe/live-text.ts'
import { openPool } from '../src/probe/pool.ts'
import { startSyntheticWorker } from '../src/synthetic/worker.ts'
import { callFor } from './accuracy/clients.ts'
import { atMost, median, printBench, round } from './goals.ts'

// What it costs a measuring thread that somebody reads the answers while they are measured: 8 streams at once in one thread,
// 50 events a second each, from the server's write to our stamp, in turn with streams that nobody reads and with streams that nobody can read.
const rounds = 7
const streams = 8
const model = 'synthetic/stamp/true/frames/150/delay_ms/20/ttft_ms/300'

/** An onlooker that looks from beginning to end, or never; and what it was told. */
function onlooker(looks: boolean) {
  const told = { pieces: 0, characters: 0 }
  const of: Onlooker = {
    begin: (watch) => {
      if (looks) watch(true)
      return () => undefined
    },
    take: ({ text, reasoning }) => {
      told.pieces += 1
      told.characters += text.length + reasoning.length
    },
  }
  return { of, told }
}

const ways = [
  { name: 'nobody can read', watched: null },
  { name: 'nobody reads', watched: onlooker(false) },
  { name: 'somebody reads', watched: onlooker(true) },
].map((way) => ({ ...way, rows: [] as { p50: number; p99: number; cpuMs: number }[] }))

const server = await startSyntheticWorker()
const pool = await openPool(1, { sdks: ['openai'], env: {}, egressAllow: [] })
try {
  const measure = async (watched: (typeof ways)[number]['watched']) => {
    const before = process.cpuUsage()
    const measured = await Promise.all(
      Array.from({ length: streams }, (_, index) =>
        pool.lateness(
          {
            ...callFor(server.url, { id: '', chunks: 1, gapMs: 1, ttftMs: 1 }),
            model: `${model}/seed/${index}`,
          },
          undefined,
          watched?.of,
        ),
      ),
    )
    const { user, system } = process.cpuUsage(before)
    const late = measured.flatMap(({ lateMs }) => lateMs)
    const at = (p: number) => percentile(late, p) ?? Number.NaN
    return { p50: at(0.5), p99: at(0.99), cpuMs: (user + system) / 1000 }
  }
  await measure(null)
  for (let index = 0; index < rounds; index += 1)
    for (const { watched, rows } of ways) rows.push(await measure(watched))
} finally {
  await pool.close()
  await server.close()
}

const figures = ways.map(({ name, watched, rows }) => ({
  name,
  p50_ms: median(rows.map(({ p50 }) => p50)),
  p99_ms: median(rows.map(({ p99 }) => p99)),
  cpu_ms: median(rows.map(({ cpuMs }) => cpuMs)),
  pieces_per_stream_and_s: (watched?.told.pieces ?? 0) / rounds / streams / 3,
}))
const [none, unread, read] = figures
printBench({
  name: `text as it streams: lateness of stamps and CPU of the process, ${streams} streams of 3 s, ${rounds} rounds in turn`,
  figures: figures.map(({ name, ...row }) => ({
    name,
    ...Object.fromEntries(Object.entries(row).map(([key, value]) => [key, round(value)])),
  })),
  goals: [
    atMost(
      'median lateness that an unread stream adds, ms',
      0.05,
      (unread?.p50_ms ?? NaN) - (none?.p50_ms ?? NaN),
    ),
    atMost('median lateness that a read stream adds, ms', 0.1, (read?.p50_ms ?? NaN) - (none?.p50_ms ?? NaN)),
    atMost('pieces of a stream a second', 6, read?.pieces_per_stream_and_s ?? NaN),
  ],
})
