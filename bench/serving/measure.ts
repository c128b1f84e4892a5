import { command } from '../../test/support/command.ts'
import { median } from '../goals.ts'
import { cpuSecondsOf } from './cpu.ts'
import type { Measured } from './output.ts'
import type { Server } from './servers.ts'
import type { Settings } from './settings.ts'
import type { Tool } from './tools.ts'

/** What one server cost in one round. Milliseconds; null if it is not known. */
export interface Cost {
  perS: number | null
  ttftP50: number | null
  p50: number | null
  p95: number | null
  p99: number | null
  lateP99: number | null
  /** CPU seconds of the server for 1,000 requests. */
  cpu: number | null
  errors: number
}

/** What is asked of every server. */
export interface Question {
  what: string
  measure: (server: Server) => Promise<Cost>
}

/** Does something, and says what CPU a server used meanwhile for 1,000 of its requests. */
async function withCpu<Found>({ pid }: Server, work: () => Promise<Found & { requests: number }>) {
  const before = cpuSecondsOf(pid)
  const found = await work()
  const after = cpuSecondsOf(pid)
  const cpu = before === null || after === null ? null : (1000 * (after - before)) / found.requests
  return { found, cpu }
}

const loadOf = ({ WRK_RATE, WRK_DURATION, WRK_CONNECTIONS, WRK_THREADS }: Settings) => ({
  rate: WRK_RATE,
  seconds: WRK_DURATION,
  connections: WRK_CONNECTIONS,
  threads: WRK_THREADS,
})

/** A second of a load, which does not count. */
const warmUp = (tool: Tool, url: string, settings: Settings) =>
  tool.measure(url, { ...loadOf(settings), seconds: 1 })

/** Requests of an address at a fixed rate. */
export async function warmAndMeasure(tool: Tool, url: string, settings: Settings): Promise<Measured> {
  await warmUp(tool, url, settings)
  return tool.measure(url, loadOf(settings))
}

/** Requests of a path of every server at a fixed rate, after a second of the same that does not count. */
export const atFixedRate = (path: string, tool: Tool, settings: Settings): Question => ({
  what: path,
  measure: async (server) => {
    const url = server.origin + path
    await warmUp(tool, url, settings)
    const { found, cpu } = await withCpu(server, () => tool.measure(url, loadOf(settings)))
    const { perS, p50, p95, p99, lateP99, errors } = found
    return { perS, ttftP50: null, p50, p95, p99, lateP99, cpu, errors }
  },
})

interface Level {
  rps: number | null
  ttft_p50: number | null
  warmed_up: number
  report: {
    n: number
    errors: Record<string, number>
    from_sent: { total_latency_ms: Record<'p50' | 'p95' | 'p99', { value: number } | null> }
  } | null
}

/** Streamed chat completions, to so many clients at once, by `scripts/sweep.ts`. */
export const chats = (
  { concurrency, total, cwd }: { concurrency: number; total: number; cwd: string },
  { SYN_FRAMES, SYN_DELAY_MS, SYN_BYTES }: Settings,
): Question => ({
  what: `chat, ${SYN_FRAMES} frames of ${SYN_BYTES} bytes, ${SYN_DELAY_MS} ms apart, ${concurrency} clients`,
  measure: async (server) => {
    const to = ['--base-url', `${server.origin}/v1`, '--model', 'synthetic-1']
    // So that no answer is cut off.
    const limit = ['--max-tokens', String(SYN_FRAMES)]
    const load = ['--concurrency', String(concurrency), '--total', String(total)]
    const { found, cpu } = await withCpu(server, async () => {
      const { code, stdout, stderr } = await command(
        'sweep.ts',
        [...to, ...limit, ...load, '--no-save', '--json'],
        { cwd },
      )
      if (code !== 0) throw new Error(`the sweep of ${server.name} ended with ${code}: ${stderr}`)
      const [level] = (JSON.parse(stdout) as { levels: Level[] }).levels
      if (level?.report === undefined || level.report === null)
        throw new Error(`the sweep of ${server.name} has no level`)
      const { report } = level
      return { level, report, requests: report.n + level.warmed_up }
    })
    const { level, report } = found
    const latency = report.from_sent.total_latency_ms
    return {
      perS: level.rps,
      ttftP50: level.ttft_p50,
      p50: latency.p50?.value ?? null,
      p95: latency.p95?.value ?? null,
      p99: latency.p99?.value ?? null,
      lateP99: null,
      cpu,
      errors: Object.values(report.errors).reduce((sum, count) => sum + count, 0),
    }
  },
})

/** What a server costs by a question: medians of the rounds, and all errors. */
export interface Row {
  what: string
  server: string
  cost: Cost
}

/** Asks every server every question, round by round, so that what else the machine does meets them all. */
export async function askAll(
  servers: readonly Server[],
  questions: readonly Question[],
  { rounds, say }: { rounds: number; say: (message: string) => void },
): Promise<Row[]> {
  const cells = questions.flatMap(({ what, measure }) =>
    servers.map((server) => ({ what, server, measure, costs: [] as Cost[] })),
  )
  for (let round = 1; round <= rounds; round += 1)
    for (const { what, server, measure, costs } of cells) {
      say(`round ${round} of ${rounds}: ${server.name} ${what}`)
      costs.push(await measure(server))
    }
  return cells.map(({ what, server, costs }) => ({ what, server: server.name, cost: mediansOf(costs) }))
}

/** The median of what is known. */
function mediansOf(costs: readonly Cost[]): Cost {
  const of = (key: Exclude<keyof Cost, 'errors'>) => {
    const known = costs.map((cost) => cost[key]).filter((value) => value !== null)
    return known.length === 0 ? null : median(known)
  }
  return {
    perS: of('perS'),
    ttftP50: of('ttftP50'),
    p50: of('p50'),
    p95: of('p95'),
    p99: of('p99'),
    lateP99: of('lateP99'),
    cpu: of('cpu'),
    errors: costs.reduce((sum, { errors }) => sum + errors, 0),
  }
}
