import { spawn, spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../free-port.ts'
import type { Found } from '../parts.ts'
import { ended } from '../proxy/ways.ts'

/** The executable: PROMETHEUS has its path, if it is not on the PATH (Debian's package `prometheus`). */
const program = process.env['PROMETHEUS'] ?? 'prometheus'

/** Whether there is one. */
export const isInstalled = (): boolean => spawnSync(program, ['--version']).error === undefined

/** What a part finds without one. */
export const notInstalled: Found = {
  figures: [{ skipped: 'there is no prometheus: apt-get install prometheus, or PROMETHEUS=path/of/it' }],
  goals: [],
}

/** An answer of its API. */
export interface Answer {
  status: string
  data: {
    activeTargets?: { health: string; lastError: string }[]
    groups?: { rules: { name: string; health: string; lastError?: string }[] }[]
    result?: { metric: Record<string, string>; value: [number, string] }[]
  }
}

/** Asks until an answer fits, for at most half a minute. */
export async function until(ask: () => Promise<Answer>, fits: (answer: Answer) => boolean): Promise<Answer> {
  for (let tries = 0; ; tries += 1) {
    const answered = await ask().catch(() => null)
    if (answered !== null && (fits(answered) || tries > 120)) return answered
    if (tries > 120) throw new Error('Prometheus does not answer')
    await sleep(250)
  }
}

/** A Prometheus with these settings, and its API. */
export async function startPrometheus(dir: string, settings: object) {
  const config = join(dir, 'prometheus.yml')
  writeFileSync(config, JSON.stringify(settings))
  const address = `127.0.0.1:${await freePort()}`
  const flags = [`--config.file=${config}`, `--storage.tsdb.path=${join(dir, 'tsdb')}`]
  const child = spawn(program, [...flags, `--web.listen-address=${address}`], { stdio: 'ignore' })
  const ask = async (path: string) =>
    (await (await fetch(`http://${address}/api/v1/${path}`)).json()) as Answer
  const query = (expr: string) => ask(`query?query=${encodeURIComponent(expr)}`)
  return { ask, query, close: () => ended(child) }
}

/** The expressions of a board of docs/grafana, with everything chosen. */
export function boardExpressions(name: string): string[] {
  const { panels } = JSON.parse(readFileSync(`docs/grafana/${name}.json`, 'utf8')) as {
    panels: { targets?: { expr: string }[] }[]
  }
  return panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr.replaceAll(/\$\w+/g, '.*')))
}
