import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { providers } from '../src/registry/providers.ts'
import { migrate, readMigrations } from '../src/store/migrate.ts'
import { openPostgres } from '../src/store/postgres.ts'
import { startPostgres } from '../test/support/postgres.ts'
import { atMost, printBench, round } from './goals.ts'

// What a long run keeps in memory. The real command makes one run of 10,000 probes of a server in this
// process, which answers at once with 1 to 4 KB of text: with the database reachable, unreachable and unused.
// Its memory is read from outside (Linux only) after a tenth, half and all of the probes; the baseline is the
// same run after a tenth.
const { values } = parseArgs({
  options: { json: { type: 'boolean' }, probes: { type: 'string', default: '10000' } },
})
const called = providers.slice(0, 10)
const runs = Math.ceil(Number(values.probes) / called.length)
const probes = runs * called.length
const marks = [probes / 10, probes / 2, probes].map(Math.round)

/** The memory of a run when a probe was answered, in MB. */
interface Sample {
  probe: number
  rss: number
  /** The highest RSS so far. */
  peakRss: number
  /** The main thread's heap after a full garbage collection. */
  liveHeap: number
}

/** Current and peak RSS of a process in MB; null if it has ended. */
function residentOf({ pid }: ChildProcess): Pick<Sample, 'rss' | 'peakRss'> | null {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    const megabytes = (field: string) =>
      Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) / 1024
    const [rss, peakRss] = [megabytes('VmRSS'), megabytes('VmHWM')]
    // A zombie has neither.
    return Number.isNaN(rss) ? null : { rss, peakRss }
  } catch {
    return null
  }
}

// Preloaded into the command: on a message it collects garbage and answers with the heap that is left. Worker
// threads have no `send`.
const heapReporter = `data:text/javascript,${encodeURIComponent(`if (process.send) {
  process.on('message', () => { gc(); process.send(process.memoryUsage().heapUsed) })
  process.channel.unref()
}`)}`

async function sampled(child: ChildProcess, probe: number): Promise<Sample> {
  const resident = residentOf(child)
  if (resident === null) throw new Error(`the run ended before probe ${probe}`)
  child.send('heap')
  const [heapUsed] = (await once(child, 'message')) as [number]
  return { probe, ...resident, liveHeap: heapUsed / 2 ** 20 }
}

const words = 'The quick brown fox jumps over the lazy dog and runs away. '.repeat(80)

/** Streams 1 to 4 KB of text in eight chunks. */
function answer(response: ServerResponse, number: number): void {
  const content = `${number} ${words.slice(0, 1024 + ((number * 997) % 3072))}`
  const size = Math.ceil(content.length / 8)
  const chunks = Array.from({ length: 8 }, (_, index) => ({
    choices: [{ index: 0, delta: { content: content.slice(index * size, (index + 1) * size) } }],
  }))
  const last = {
    choices: [{ index: 0, delta: {}, finish_reason: 'stop' }],
    usage: { prompt_tokens: 20, completion_tokens: 400, total_tokens: 420 },
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  for (const chunk of [...chunks, last]) response.write(`data: ${JSON.stringify(chunk)}\n\n`)
  response.end('data: [DONE]\n\n')
}

/** Starts a server that answers each request after `before`, which gets its number. */
async function startServer(before: (number: number) => Promise<void>): Promise<Server> {
  let requests = 0
  const server = createServer((request, response) => {
    const number = (requests += 1)
    request.resume().on('end', () => {
      before(number).then(
        () => answer(response, number),
        () => response.destroy(),
      )
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

/** Starts the run in one process: ten providers with one model each, all at this server. */
function startRun(server: Server, cwd: string, { args = [], env = {} }: Variant): ChildProcess {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
  const addresses = called.flatMap(({ keyNames, baseUrlName }) => [
    [keyNames[0], 'a-key-for-nobody'],
    [baseUrlName, url],
  ])
  const { PATH, HOME } = process.env
  const node = [
    '--expose-gc',
    '--import',
    fileURLToPath(import.meta.resolve('tsx')),
    '--import',
    heapReporter,
  ]
  return spawn(process.execPath, [...node, resolve('scripts/run.ts'), '--runs', String(runs), ...args], {
    cwd,
    env: { PATH, HOME, ...Object.fromEntries(addresses), ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
}

/** Where the results of a run go. */
interface Variant {
  results: string
  args?: string[]
  env?: Record<string, string>
}

/** Makes one run: its samples, and the highest RSS until its end in MB. */
async function measure(variant: Variant): Promise<{ results: string; samples: Sample[]; peakRss: number }> {
  const samples: Sample[] = []
  const cwd = mkdtempSync(join(tmpdir(), 'firsttoken-bench-'))
  const server = await startServer(async (number) => {
    if (marks.includes(number)) samples.push(await sampled(child, number))
  })
  const child = startRun(server, cwd, variant)
  let peakRss = 0
  const polling = setInterval(() => {
    peakRss = residentOf(child)?.peakRss ?? peakRss
  }, 50)
  const [code] = (await once(child, 'close')) as [number | null]
  clearInterval(polling)
  server.close()
  rmSync(cwd, { recursive: true, force: true })
  if (code !== 0 || samples.length !== marks.length)
    throw new Error(
      `${variant.results}: exit code ${code} after ${samples.length} of ${marks.length} samples`,
    )
  return { results: variant.results, samples, peakRss }
}

const postgres = await startPostgres()
try {
  const sql = await openPostgres(postgres.url)
  await migrate(sql, readMigrations())
  await sql.close()
  const measured = [
    await measure({ results: 'recorded', env: { DATABASE_URL: postgres.url } }),
    await measure({ results: 'spooled', env: { DATABASE_URL: 'postgres://nobody@127.0.0.1:9/none' } }),
    await measure({ results: 'not kept', args: ['--no-save'] }),
  ]
  printBench({
    name: `memory of a run of ${probes} probes, MB`,
    figures: measured.flatMap(({ results, samples, peakRss }) => [
      ...samples.map(({ probe, rss, peakRss: peak, liveHeap }) => ({
        results,
        probe,
        rss: round(rss),
        peakRss: round(peak),
        liveHeap: round(liveHeap),
      })),
      { results, probe: 'end', peakRss: round(peakRss) },
    ]),
    goals: measured.flatMap(({ results, samples, peakRss }) => {
      const [first, last] = [samples[0], samples.at(-1)]
      if (first === undefined || last === undefined) return []
      const grownKb = (last.liveHeap - first.liveHeap) * 1024
      return [
        atMost(`${results}: peak RSS over peak RSS after a tenth`, 1.3, peakRss / first.peakRss),
        atMost(`${results}: live heap per further probe, KB`, 1.5, grownKb / (last.probe - first.probe)),
      ]
    }),
  })
} finally {
  await postgres.stop()
}
