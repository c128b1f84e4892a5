import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { atMost, median, printBench, round } from './goals.ts'
import { runUntilFirstRequest, type Spent } from './startup/first-request.ts'

// From process start to the first probe on the wire, with an empty and with an existing embedded database, as
// seen from outside: a server of ours notes when the first request comes and what CPU the process has used by
// then (Linux only). The parts are measured in processes of their own; the baseline is a process that does
// nothing.
const repetitions = 5
const tsx = resolve('node_modules/.bin/tsx')

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
    cold.push(await runUntilFirstRequest(dataDir))
    warm.push(await runUntilFirstRequest(dataDir))
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
