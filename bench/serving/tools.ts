import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { programAt, vegetaAt } from './cache.ts'
import { fromSent, type Measured, parseVegeta, parseWrk } from './output.ts'
import { type Load, sendTo } from './sender.ts'

const run = promisify(execFile)

/** A generator of load. */
export interface Tool {
  name: 'our sender' | 'wrk2' | 'vegeta' | 'wrk'
  /** From when its latency counts, and what else has to be known. */
  latency: string
  /** Rejects if it cannot be run. */
  measure: (url: string, load: Load & { threads: number }) => Promise<Measured>
}

/** The sender of this bench. */
export const ourSender: Tool = {
  name: 'our sender',
  latency: 'latency from when each request was due',
  measure: async (url, load) => fromSent(await sendTo(url, load)),
}

const common = ({ connections, threads, seconds }: Load & { threads: number }) => [
  `-c${connections}`,
  // wrk refuses more threads than connections, and takes whole seconds.
  `-t${Math.min(threads, connections)}`,
  `-d${Math.max(1, Math.round(seconds))}s`,
  '--latency',
]

const wrk2 = (bin: string): Tool => ({
  name: 'wrk2',
  latency: 'latency from when each request was due',
  measure: async (url, load) => {
    const { stdout } = await run(bin, [...common(load), `-R${load.rate}`, url])
    return parseWrk(stdout)
  },
})

const wrk = (bin: string): Tool => ({
  name: 'wrk',
  latency:
    'latency from when each request was sent: classic wrk has no fixed rate, so WRK_RATE is not kept and pauses hide',
  measure: async (url, load) => {
    const { stdout } = await run(bin, [...common(load), url])
    return parseWrk(stdout)
  },
})

const vegeta = (bin: string): Tool => ({
  name: 'vegeta',
  latency: 'latency from when each request was sent, which was when it was due: its workers are not limited',
  measure: async (url, { rate, seconds, connections }) => {
    const folder = mkdtempSync(join(tmpdir(), 'firsttoken-vegeta-'))
    try {
      const [targets, found] = [join(folder, 'targets'), join(folder, 'found')]
      writeFileSync(targets, `GET ${url}\n`)
      const most = [`-connections=${connections}`, `-max-connections=${connections}`]
      const how = [`-rate=${rate}/1s`, `-duration=${seconds}s`, `-targets=${targets}`, `-output=${found}`]
      await run(bin, ['attack', ...how, ...most])
      const { stdout } = await run(bin, ['report', '-type=json', found])
      return parseVegeta(stdout)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
})

/** vegeta, built if Go is here; null if it cannot be. */
export function builtVegeta(): Tool | null {
  const bin = vegetaAt({ build: true })
  return bin === null ? null : vegeta(bin)
}

/** What a program is by what it prints about itself; null if it is none of these. */
async function recognise(bin: string): Promise<Tool | null> {
  // wrk ends with 1 after its help.
  const { stdout, stderr } = await run(bin, ['--version']).catch(
    (error: { stdout?: string; stderr?: string }) => ({ stdout: '', stderr: '', ...error }),
  )
  const text = `${stdout}${stderr}`
  if (/Usage: wrk/.test(text)) return text.includes('--rate') ? wrk2(bin) : wrk(bin)
  return /^Runtime:/m.test(text) ? vegeta(bin) : null
}

/** The tool of WRK_BIN; without one the first that is here of wrk2, vegeta and our own sender. */
export async function chooseTool(bin: string): Promise<Tool | { problem: string }> {
  if (bin === 'ours') return ourSender
  if (bin !== '') {
    const path = programAt(bin)
    const tool = path === null ? null : await recognise(path)
    return (
      tool ?? {
        problem: `WRK_BIN: ${bin} is no wrk2, vegeta or wrk that runs here; "ours" is our own sender`,
      }
    )
  }
  for (const name of ['wrk2', 'wrk']) {
    const path = programAt(name)
    const tool = path === null ? null : await recognise(path)
    if (tool?.name === 'wrk2') return tool
  }
  const built = vegetaAt({ build: false })
  return built === null ? ourSender : vegeta(built)
}
