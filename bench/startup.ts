import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { atMost, median, printBench, round } from './goals.ts'

// From process start to the first probe on the wire, with an empty and with an existing embedded database, as
// seen from outside: a server of ours notes when the first request comes and what CPU the process has used by
// then (Linux only). The parts are measured in processes of their own; the baseline is a process that does
// nothing.
const repetitions = 5
const tsx = resolve('node_modules/.bin/tsx')
const ticksPerSecond = 100

interface Spent {
  wallMs: number
  cpuMs: number
}

/** CPU time of a process and its descendants so far, in ms, from /proc; 0 where there is none. */
function cpuOf(root: number): number {
  const stats = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [readStat(Number(name))] : []))
  const family = new Set([root])
  // Parents have smaller ids than their children, apart from a wrap-around.
  for (const stat of stats.toSorted((a, b) => a.pid - b.pid))
    if (family.has(stat.parent)) family.add(stat.pid)
  return stats
    .filter(({ pid }) => family.has(pid))
    .reduce((sum, { ticks }) => sum + (ticks * 1000) / ticksPerSecond, 0)
}

function readStat(pid: number): { pid: number; parent: number; ticks: number } {
  try {
    const [, parent = 0, ...rest] = (readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1] ?? '')
      .split(' ')
      .map(Number)
    // utime, stime and those of children that have ended: fields 14 to 17 of proc(5).
    return { pid, parent, ticks: rest.slice(9, 13).reduce((sum, ticks) => sum + ticks, 0) }
  } catch {
    return { pid, parent: 0, ticks: 0 }
  }
}

const end = (child: ChildProcess) => new Promise<void>((ended) => child.once('close', () => ended()))

/** One run up to its first request: what it took until that came. */
async function untilFirstProbe(dataDir: string): Promise<Spent> {
  const { promise, resolve: arrived } = Promise.withResolvers<Spent>()
  let child: ChildProcess | null = null
  let start = 0
  const server = createServer((request, response) => {
    if (child !== null) arrived({ wallMs: performance.now() - start, cpuMs: cpuOf(child.pid ?? 0) })
    request.resume().on('end', () => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.end(
        'data: {"choices":[{"index":0,"delta":{"content":"hi"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n',
      )
    })
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo
  const env = {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    DATA_DIR: dataDir,
    LOG_DIR: join(dataDir, '..', 'logs'),
  }
  start = performance.now()
  child = spawn(
    tsx,
    ['scripts/run.ts', '--quiet', '--base-url', `http://127.0.0.1:${port}/v1`, '--model', 'm'],
    { env, stdio: 'inherit' },
  )
  const ended = end(child)
  const spent = await Promise.race([
    promise,
    ended.then(() => Promise.reject(new Error('the run ended without a request'))),
  ])
  await ended
  server.close()
  return spent
}

/** A module loaded, or a piece of code run, in a process of its own. */
function part(name: string, code: string): Record<string, unknown> {
  const runs = Array.from({ length: 3 }, () => {
    const start = performance.now()
    const { status, stderr } = spawnSync(tsx, ['--input-type=module', '-e', code], { encoding: 'utf8' })
    if (status !== 0) throw new Error(`${name}: ${stderr}`)
    return performance.now() - start
  })
  return { part: name, wallMs: round(median(runs)) }
}

const here = (path: string) => JSON.stringify(resolve(path))
const root = mkdtempSync(join(tmpdir(), 'firsttoken-bench-'))
try {
  const cold: Spent[] = []
  const warm: Spent[] = []
  for (let run = 0; run < repetitions; run += 1) {
    const dataDir = join(root, String(run), 'data')
    cold.push(await untilFirstProbe(dataDir))
    warm.push(await untilFirstProbe(dataDir))
  }
  const ready = join(root, '0', 'data')
  const middle = (spent: Spent[]) => ({
    wallMs: round(median(spent.map(({ wallMs }) => wallMs))),
    cpuMs: round(median(spent.map(({ cpuMs }) => cpuMs))),
  })
  printBench({
    name: 'from process start to the first probe',
    figures: [
      { part: 'cold: no database yet', ...middle(cold) },
      { part: 'warm: database exists', ...middle(warm) },
      part('of which: an empty process', ''),
      part(
        'loading the command',
        `await import(${here('scripts/../src/cli/run.ts')}); await import(${here('src/app.ts')})`,
      ),
      part('loading the openai SDK', `(await import(${here('src/probe/sdk.ts')})).warmUp(['openai'])`),
      part(
        'opening an existing database',
        `const { openEmbedded } = await import(${here('src/embedded/embedded.ts')}); await (await openEmbedded({ dir: ${JSON.stringify(ready)} })).close()`,
      ),
    ],
    goals: [
      atMost('warm start to first probe, ms', 1500, median(warm.map(({ wallMs }) => wallMs))),
      atMost('cold start to first probe, CPU ms', 12_000, median(cold.map(({ cpuMs }) => cpuMs))),
    ],
  })
} finally {
  rmSync(root, { recursive: true, force: true })
}
