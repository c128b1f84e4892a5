import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Truth } from '../accuracy/truth.ts'
import { atMost, type Goal, median, round } from '../goals.ts'
import { runUntilFirstRequest, untilFirstRequest } from '../startup/first-request.ts'
import { ask, pausesOf, pausesOfRun } from './clients.ts'
import type { Looper } from './task.ts'

// What measuring costs beside what reading costs anyway. The baseline of every ratio is the loop that
// everybody writes, `for await` over the stream of openai; another is that of groq-sdk.
const repetitions = 3

/** One thing measured of several clients; the goal is the highest ratio of ours to the loop of openai. */
interface Cost {
  what: string
  clients: Looper[]
  goal: number | null
  measure: (client: Looper, truth: Truth) => Promise<number>
}

const loops: Looper[] = ['firsttoken', 'openai', 'groq']

const costs: Cost[] = [
  ...[1, 8].map((perWrite) => ({
    what: `CPU ms for 1,000 events, ${perWrite} to a write`,
    clients: [...loops, 'raw'] satisfies Looper[],
    goal: 1.2,
    measure: async (client: Looper, truth: Truth) =>
      (await ask(truth, client, { kind: 'events', perWrite })).value,
  })),
  {
    what: 'CPU ms for a second of waiting',
    clients: [...loops, 'raw'],
    goal: 1.3,
    measure: async (client, truth) => (await ask(truth, client, { kind: 'wait' })).value,
  },
  {
    what: 'pause between two calls, ms',
    clients: loops,
    goal: null,
    measure: async (client, truth) =>
      median(client === 'firsttoken' ? await pausesOfRun(truth) : await pausesOf(truth, client)),
  },
  {
    what: 'error of the first stamp, ms',
    clients: [...loops, 'raw'],
    goal: 1,
    measure: async (client, truth) => median((await ask(truth, client, { kind: 'error' })).errors),
  },
  { what: 'CPU ms to the first request', clients: ['firsttoken', 'openai'], goal: null, measure: startUp },
]

const root = mkdtempSync(join(tmpdir(), 'firsttoken-bench-'))
process.once('exit', () => {
  rmSync(root, { recursive: true, force: true })
})

const plainLoop = fileURLToPath(new URL('./plain-loop.ts', import.meta.url))

async function startUp(client: Looper): Promise<number> {
  const spent =
    client === 'firsttoken'
      ? await runUntilFirstRequest(join(root, 'data'), ['--no-save'])
      : await untilFirstRequest((url) => [process.execPath, plainLoop, url], {})
  return spent.cpuMs
}

/** A cost of one client: the median of the repetitions. */
interface Row {
  cost: Cost
  client: Looper
  values: number[]
}

/** Measures every cost of every client; the clients alternate. */
export async function measureCosts(truth: Truth): Promise<Row[]> {
  // The first start fills the caches.
  await startUp('firsttoken')
  const rows = costs.flatMap((cost) => cost.clients.map((client): Row => ({ cost, client, values: [] })))
  for (let repetition = 0; repetition < repetitions; repetition += 1)
    for (const { cost, client, values } of rows) values.push(await cost.measure(client, truth))
  return rows
}

const valueOf = (rows: readonly Row[], cost: Cost, client: Looper): number =>
  median(rows.find((row) => row.cost === cost && row.client === client)?.values ?? [])

/** The costs as a table. */
export const costFigures = (rows: readonly Row[]): Record<string, unknown>[] =>
  rows.map(({ cost, client, values }) => ({
    what: cost.what,
    client,
    median: round(median(values)),
    least: round(Math.min(...values)),
    'of openai': round(median(values) / valueOf(rows, cost, 'openai')),
  }))

/** What they must show. */
export const costGoals = (rows: readonly Row[]): Goal[] => [
  ...costs.flatMap((cost) =>
    cost.goal === null
      ? []
      : [
          atMost(
            `${cost.what}, ours / openai`,
            cost.goal,
            valueOf(rows, cost, 'firsttoken') / valueOf(rows, cost, 'openai'),
          ),
        ],
  ),
  ...costs
    .filter(({ measure }) => measure === startUp)
    .map((cost) =>
      atMost('CPU ms of a warm start to the first request', 600, valueOf(rows, cost, 'firsttoken')),
    ),
]
