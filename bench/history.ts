import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { atLeast, atMost, type Goal, printBench, round } from './goals.ts'
import { openDatabases, withSql } from './history/databases.ts'
import { type EmbeddedFigures, measureEmbedded } from './history/embedded.ts'
import { type Cost, type Measured, measureReads, measureUpkeep } from './history/measure.ts'
import { allReads, type Kind, readSubjects } from './history/reads.ts'
import { measureSizes } from './history/sizes.ts'
import { measureWrites, type Writes } from './history/writes.ts'

// Two years of results, ten million of them, on a real Postgres: what it costs to ask, to record and to keep
// them, beside the same questions asked of the tables as they were before there were rollups. Then half a
// million in the embedded database. Loading takes half an hour; with --data it is done once, and what has
// passed since is added each time.
const { values } = parseArgs({
  options: {
    json: { type: 'boolean' },
    rows: { type: 'string', default: '10000000' },
    data: { type: 'string' },
  },
})
const rows = Number(values.rows)
const embeddedRows = Math.min(rows, 500_000)

const began = performance.now()
const say = (message: string) =>
  process.stderr.write(`${Math.round((performance.now() - began) / 1000)} s  ${message}\n`)

/** Milliseconds. */
const limits: Record<Kind, number> = { latest: 2, leaderboard: 10, window: 60, history: 200 }
const embeddedLimit = 200

const databases = await openDatabases(rows, values.data ?? null, say)
try {
  const { urls, dir, timings } = databases
  const reads = await withSql(urls.large, async (sql) => allReads(await readSubjects(sql)))
  const measured = await measureReads(urls, reads, say)
  const upkeep = await measureUpkeep(urls.large)
  const sizes = await withSql(urls.large, measureSizes)
  const writes = await measureWrites(urls, say)
  const embedded = await measureEmbedded(join(dir, 'embedded'), embeddedRows, say)
  printBench({
    name: `${rows} results over two years; ${embeddedRows} in the embedded database`,
    figures: [
      ...measured.map(readFigure),
      ...upkeep.map(({ name, ms }) => ({ name, ms: round(ms) })),
      { name: `record_result, median of ${writes.large.n}`, ms: round(writes.large.p50) },
      ...sizes.map((size) => ({ ...size })),
      ...Object.entries(timings).map(([name, seconds]) => ({ name: `loading: ${name}, s`, seconds })),
      ...embedded.reads.map(({ name, ms }) => ({ name: `embedded: ${name}`, ms: round(ms) })),
      {
        name: 'embedded: share of results with ok timing, beside reads without a pause',
        share: embedded.okFlooded,
      },
      ...embedded.reasons.map((reason) => ({ name: `embedded: timing beside reads: ${reason}` })),
    ],
    goals: [...measured.map(readGoal), ...writeGoals(writes), ...embeddedGoals(embedded)],
  })
} finally {
  await databases.stop()
  if (values.data === undefined) rmSync(databases.dir, { recursive: true, force: true, maxRetries: 10 })
}

function readFigure({ name, kind, ms, blocks, seed }: Measured): Record<string, unknown> {
  const own = { name, kind, ms: round(ms), blocks }
  return seed === null ? own : { ...own, ...compared({ ms, blocks }, seed) }
}

/** How many times as much the seed's tables take. */
function compared(own: Cost, seed: Cost): Record<string, unknown> {
  return {
    seedMs: round(seed.ms),
    seedBlocks: seed.blocks,
    timesFaster: round(seed.ms / own.ms),
    timesFewerBlocks: own.blocks === null || seed.blocks === null ? null : round(seed.blocks / own.blocks),
  }
}

function readGoal({ name, kind, ms }: Measured): Goal {
  return atMost(`${name}, ms`, limits[kind], ms)
}

function writeGoals({ large, largeOverSmall, rollupsOverNone }: Writes): Goal[] {
  return [
    atMost('record_result p95, ms', 5, large.p95),
    atMost(`record_result at ${rows} results over at 10000`, 1.2, largeOverSmall),
    atMost('record_result with rollups over without', 1.5, rollupsOverNone),
  ]
}

function embeddedGoals({ reads, okAlone, okBeside }: EmbeddedFigures): Goal[] {
  return [
    ...reads.map(({ name, ms }) => atMost(`embedded: ${name}, ms`, embeddedLimit, ms)),
    atLeast('embedded: share of results with ok timing, alone', 1, okAlone),
    atLeast('embedded: share of results with ok timing, beside a read every 250 ms', 1, okBeside),
  ]
}
