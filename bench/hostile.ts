import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { hostileAnswers } from '../test/support/hostile-answers.ts'
import { serving } from '../test/support/loopback.ts'
import { atMost, type Goal, printBench, round } from './goals.ts'

// One run whose calls are answered by everything that stopped a client somewhere. Its process has to live, and each call
// to end as what it is, a second after its deadline at the latest. The baseline of the memory is what a run of one
// call needs that nobody answers.
const [silenceMs, deadlineMs] = [2000, 3000]

interface Row {
  error_kind: string | null
  total_latency_ms: number
}

/** The results of a run of so many calls, and the most memory that its process had, in MiB (Linux only). */
async function run(
  url: string,
  calls: number,
): Promise<{ rows: Row[]; peakMiB: number; code: number | null }> {
  const silence = String(silenceMs / 1000)
  const child = spawn(
    process.execPath,
    [resolve('scripts/run.ts'), '--runs', String(calls), '--json', '--no-save'],
    {
      env: {
        PATH: process.env['PATH'],
        LLM_BASE_URL: url,
        LLM_MODEL: 'hostile',
        TIMEOUT_FIRST_TOKEN_S: silence,
        TIMEOUT_IDLE_S: silence,
        TIMEOUT_TOTAL_S: String(deadlineMs / 1000),
      },
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  )
  const peak = { MiB: 0 }
  const watching = setInterval(() => {
    const [, KiB] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8')) ?? []
    peak.MiB = Math.max(peak.MiB, Number(KiB ?? 0) / 1024)
  }, 50)
  child.once('exit', () => {
    clearInterval(watching)
  })
  const code = new Promise<number | null>((done) => child.once('close', done))
  const { results } = JSON.parse(await text(child.stdout)) as { results: Row[] }
  return { rows: results, peakMiB: peak.MiB, code: await code }
}

const alone = await serving(
  () => {},
  (url) => run(url, 1),
)
let call = 0
const answers = await serving(
  (socket) => hostileAnswers[call++]?.write(socket),
  (url) => run(url, hostileAnswers.length),
)
const rows = hostileAnswers.map(({ name, kinds }, index) => {
  const { error_kind, total_latency_ms } = answers.rows[index] ?? { error_kind: null, total_latency_ms: NaN }
  return {
    answer: name,
    kind: error_kind,
    right: kinds.includes(error_kind ?? 'none'),
    ms: round(total_latency_ms),
  }
})
const none = (name: string, count: number): Goal => ({
  name,
  limit: '0',
  measured: count,
  holds: count === 0,
})
printBench({
  name: 'hostile answers',
  figures: [
    ...rows,
    { answer: 'peak memory, MiB: one call', MiB: round(alone.peakMiB) },
    { answer: 'peak memory, MiB: all of them', MiB: round(answers.peakMiB) },
  ],
  goals: [
    none('calls without a result', hostileAnswers.length - answers.rows.length),
    none('results that are not what the answer was', rows.filter(({ right }) => !right).length),
    atMost('longest call beyond its deadline, ms', 1000, Math.max(...rows.map(({ ms }) => ms)) - deadlineMs),
    atMost('peak memory, MiB', 512, answers.peakMiB),
  ],
})
