import { atLeast, type Goal, median } from '../goals.ts'
import type { Client } from './clients.ts'

// Chunks per second of this process's CPU time, of streams that come as fast as they are read. How many
// events share a write decides how much of it is reading the socket: with one, every client spends most of it
// there.
const repetitions = 9
const streams = 32
const chunks = 1500
/** Two to a write is what a raw socket sees of streams at a common rate (1.2 to 2.5 events in a read). */
const judged = 2
const perWrites = [1, judged, 4, 8]

interface Throughput {
  client: string
  perWrite: number
  chunksPerCpuSecond: number
}

async function measure(client: Client, perWrite: number): Promise<number> {
  const before = process.cpuUsage()
  await Promise.all(
    Array.from({ length: streams }, (_, index) =>
      client({ id: `flood-${index}`, chunks, perWrite, flood: true }),
    ),
  )
  const { user, system } = process.cpuUsage(before)
  return (streams * chunks * 1e6) / (user + system)
}

/** The throughput of these clients, interleaved; medians. */
export async function measureThroughput(clients: Record<string, Client>): Promise<Throughput[]> {
  const cells = perWrites.flatMap((perWrite) =>
    Object.entries(clients).map(([name, client]) => ({ name, client, perWrite, rates: [] as number[] })),
  )
  // The first repetition is for the compiler.
  for (let repetition = 0; repetition <= repetitions; repetition += 1) {
    for (const { client, perWrite, rates } of cells) {
      const rate = await measure(client, perWrite)
      if (repetition > 0) rates.push(rate)
    }
  }
  return cells.map(({ name, perWrite, rates }) => ({
    client: name,
    perWrite,
    chunksPerCpuSecond: median(rates),
  }))
}

/** The rows as a table. */
export const throughputFigures = (rows: readonly Throughput[]): Record<string, unknown>[] =>
  rows.map(({ client, perWrite, chunksPerCpuSecond }) => ({
    what: `chunks per CPU second, ${perWrite} to a write`,
    client,
    n: Math.round(chunksPerCpuSecond),
  }))

/** What the rows must show. */
export function throughputGoals(rows: readonly Throughput[]): Goal[] {
  const of = (name: string) =>
    rows.find(({ client, perWrite }) => client === name && perWrite === judged)?.chunksPerCpuSecond ?? NaN
  const ours = of('firsttoken')
  return [
    atLeast('chunks per CPU second, ours / openai', 1.7, ours / of('openai')),
    atLeast('chunks per CPU second, ours / groq-sdk', 2.5, ours / of('groq')),
    atLeast('chunks per CPU second, ours / raw socket', 0.9, ours / of('raw')),
  ]
}
