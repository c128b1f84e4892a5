import { percentile } from '../../src/core/statistics.ts'
import { atLeast, atMost, type Goal, median, round } from '../goals.ts'
import type { Client, ClientName } from './clients.ts'
import { startWitness, stopWitness, takeWitnessed } from './witness.ts'

// How much later than the first JavaScript that has the bytes each client stamps an event: the same event in
// the same process, so that whatever else the machine does cancels out. Repetitions of the clients alternate;
// medians count.
const repetitions = 7

/** How many streams at once, how far apart their writes, and how many events in each write. */
interface Load {
  streams: number
  gapMs: number
  chunks: number
  perWrite: number
  clients: ClientName[]
}

const everyone: ClientName[] = ['raw', 'firsttoken', 'openai', 'groq']
const pair: ClientName[] = ['raw', 'firsttoken']
/**
 * The last is what a server or proxy that gathers events sends. There a loop stamps each event when it is
 * done with those before it; with single events it is 13 to 21 times as late as we are on a machine at rest.
 */
const loads: Load[] = [
  { streams: 8, gapMs: 5, chunks: 250, perWrite: 1, clients: pair },
  { streams: 64, gapMs: 40, chunks: 25, perWrite: 1, clients: everyone },
  { streams: 256, gapMs: 160, chunks: 7, perWrite: 1, clients: pair },
  { streams: 64, gapMs: 320, chunks: 128, perWrite: 32, clients: everyone },
]

interface Excess {
  load: Load
  client: ClientName
  p50: number
  p95: number
  p99: number
  ttftP95: number
}

/** One repetition: every stream at once, each begun a little later than the one before. */
async function measure(load: Load, name: ClientName, client: Client): Promise<Excess> {
  const { streams, gapMs, chunks, perWrite } = load
  takeWitnessed()
  const seen = await Promise.all(
    Array.from({ length: streams }, async (_, index) => {
      const id = `${name}-${index}`
      const ttftMs = 150 + (((index * gapMs) / streams) % gapMs)
      return { id, ...(await client({ id, chunks, gapMs, ttftMs, perWrite })) }
    }),
  )
  const witnessed = takeWitnessed()
  const excess = seen.map(({ id, stamps }) => {
    const events = witnessed.get(id) ?? []
    if (events.length !== chunks || stamps.length !== chunks)
      throw new Error(
        `${id}: ${chunks} events were sent, ${events.length} witnessed, ${stamps.length} stamped`,
      )
    return stamps.map((stamp, index) => stamp - (events[index]?.seen ?? NaN))
  })
  const at = (p: number) => percentile(excess.flat(), p) ?? NaN
  const ttftP95 = percentile(
    excess.map(([first = NaN]) => first),
    0.95,
  )
  return { load, client: name, p50: at(0.5), p95: at(0.95), p99: at(0.99), ttftP95: ttftP95 ?? NaN }
}

/** The paired excess of every client at every load. */
export async function measureExcess(clients: Record<ClientName, Client>): Promise<Excess[]> {
  startWitness()
  const cells = loads.flatMap((load) => load.clients.map((name) => ({ load, name })))
  const rows: Excess[] = []
  // The first repetition is for the compiler.
  for (let repetition = 0; repetition <= repetitions; repetition += 1) {
    for (const { load, name } of cells) {
      const row = await measure(load, name, clients[name])
      if (repetition > 0) rows.push(row)
    }
  }
  stopWitness()
  return merge(rows)
}

function merge(rows: readonly Excess[]): Excess[] {
  const same = Map.groupBy(rows, ({ load, client }) => `${loads.indexOf(load)} ${client}`)
  return [...same.values()].flatMap((all) => {
    const [first] = all
    if (!first) return []
    const middle = (key: 'p50' | 'p95' | 'p99' | 'ttftP95') => median(all.map((row) => row[key]))
    return {
      ...first,
      p50: middle('p50'),
      p95: middle('p95'),
      p99: middle('p99'),
      ttftP95: middle('ttftP95'),
    }
  })
}

const nameOf = ({ streams, gapMs, perWrite }: Load): string =>
  `${streams} streams, ${perWrite === 1 ? 'an event' : `${perWrite} events`} every ${gapMs} ms`

/** The rows as a table. */
export const excessFigures = (rows: readonly Excess[]): Record<string, unknown>[] =>
  rows.map(({ load, client, ...ms }) => ({
    what: `excess in ms: ${nameOf(load)}`,
    client,
    p50: round(ms.p50),
    p95: round(ms.p95),
    p99: round(ms.p99),
    'TTFT p95': round(ms.ttftP95),
  }))

/** What the rows must show. */
export function excessGoals(rows: readonly Excess[]): Goal[] {
  return loads.flatMap((load) => {
    const of = (client: ClientName) => rows.find((row) => row.load === load && row.client === client)
    const [ours, raw] = [of('firsttoken'), of('raw')]
    if (!ours || !raw) return []
    const loops = [of('openai'), of('groq')].filter((row) => row !== undefined)
    const where = nameOf(load)
    const against = (loop: Excess): Goal =>
      atLeast(`p99 excess of for await (${loop.client}) / ours, ${where}`, 20, loop.p99 / ours.p99)
    if (load.perWrite > 1) return loops.map(against)
    return [
      atMost(`p99 excess, ours / raw socket, ${where}`, 1.2, ours.p99 / raw.p99),
      atMost(`p50 excess, ms, ${where}`, 0.015, ours.p50),
      atMost(`TTFT excess p95, ms, ${where}`, 0.1, ours.ttftP95),
    ]
  })
}
