import { fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { percentile } from '../../src/core/statistics.ts'
import { atMost, type Goal, round } from '../goals.ts'
import type { Part } from '../parts.ts'
import type { Stamped } from './peer-server.ts'
import { load, type Reported, type Tool, tools } from './tools.ts'

// The same load by each tool that is here, beside what the server wrote when: by how much each is off, what it costs, and
// how long its command takes. A tool that is not installed is said to be missing.
const answer = { ttftMs: 100, tokens: load.tokens, gapMs: 10 }

/** What a command printed, its CPU time and that of all it started, and how long it took; ms. */
async function timed(command: readonly string[], env: Record<string, string>, cwd: string) {
  const began = performance.now()
  // The shell tells the CPU of its children, in its last line.
  const child = spawn('bash', ['-c', '"$@"; code=$?; times; exit $code', 'bash', ...command], {
    cwd,
    env: { PATH: process.env['PATH'] ?? '', HOME: cwd, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => (output[name] += text))
  const [code] = (await once(child, 'close')) as [number]
  if (code !== 0) throw new Error(`${command[0]} ended with ${code}: ${output.stderr.slice(-2000)}`)
  const lines = output.stdout.trimEnd().split('\n')
  const spent = [...(lines.at(-1) ?? '').matchAll(/(\d+)m([\d.]+)s/g)]
  const cpuMs = spent.reduce(
    (sum, [, minutes, seconds]) => sum + 60_000 * Number(minutes) + 1000 * Number(seconds),
    0,
  )
  return { stdout: lines.slice(0, -2).join('\n'), cpuMs, wallMs: performance.now() - began }
}

/** What the server knows of the requests. */
function truthOf(stamped: readonly Stamped[]): Reported {
  const arrivals = stamped.map(({ arrived }) => arrived).toSorted((a, b) => a - b)
  const span = (arrivals.at(-1) ?? 0) - (arrivals[0] ?? 0)
  const median = (of: number[]) => percentile(of, 0.5) ?? undefined
  return {
    ttftP50: median(stamped.map(({ arrived, first }) => first - arrived)),
    tpotP50: median(stamped.map(({ first, last }) => (last - first) / (load.tokens - 1))),
    rate: ((arrivals.length - 1) * 1000) / span,
  }
}

async function run(tool: Tool, url: string, { cwd, requests }: { cwd: string; requests: number }) {
  const folder = join(cwd, tool.name)
  mkdirSync(folder)
  const command = tool.command(url, folder, requests)
  if (command === null) return null
  const ended = await timed(command, tool.env(folder), folder)
  return { ...ended, reported: tool.read(folder, ended.stdout) }
}

/** Each tool at eight requests per second. */
export const peers: Part = async ({ cwd, short }) => {
  const requests = short ? 16 : load.requests
  const server = fork(new URL('./peer-server.ts', import.meta.url), [JSON.stringify(answer)], {
    execArgv: [],
  })
  const [port] = (await once(server, 'message')) as [number]
  const figures: Record<string, unknown>[] = []
  const goals: Goal[] = []
  for (const tool of tools) {
    const made = await run(tool, `http://127.0.0.1:${port}`, { cwd, requests })
    server.send('stamps')
    const [stamped] = (await once(server, 'message')) as [Stamped[]]
    if (made === null) {
      figures.push({ tool: tool.name, skipped: `not here: ${tool.hint}` })
      continue
    }
    const { reported, cpuMs, wallMs } = made
    const truth = truthOf(stamped)
    const off = (name: keyof Reported) => (reported[name] ?? NaN) - (truth[name] ?? NaN)
    const events = stamped.length * load.tokens
    figures.push({
      tool: tool.name,
      requests: stamped.length,
      'TTFT p50 off ms': round(off('ttftP50')),
      'TPOT p50 off ms': round(off('tpotP50')),
      'rate off %': round((100 * off('rate')) / (truth.rate ?? NaN)),
      'CPU ms per 1,000 events': round((1000 * cpuMs) / events),
      'wall s': round(wallMs / 1000),
    })
    if (tool.name === 'firsttoken')
      goals.push(
        atMost('our TTFT p50 off, ms', 2, Math.abs(off('ttftP50'))),
        atMost('our TPOT p50 off, ms', 0.5, Math.abs(off('tpotP50'))),
        atMost('our rate off, %', 2, Math.abs((100 * off('rate')) / (truth.rate ?? NaN))),
      )
  }
  server.disconnect()
  return { figures, goals }
}
