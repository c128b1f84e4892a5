import { readFileSync } from 'node:fs'
import { dayMs } from '../../src/alerts/judgement.ts'
import { rules } from '../../src/alerts/rules.ts'
import { Ledger } from '../../test/support/ledger.ts'
import { median, round } from '../goals.ts'
import { ours, peers } from './methods.ts'
import { Usual } from './usual.ts'

interface Row {
  target: string
  at: number
  ms: number
}

/** Reads `time,target,ms`, a header and any order; rows without a value failed, and are no samples. */
export function readSeries(text: string): Map<string, Row[]> {
  const [header, ...lines] = text.split(/\r?\n/)
  if (header?.trim() !== 'time,target,ms') throw new Error(`line 1 must be time,target,ms and is ${header}`)
  const rows = lines.flatMap((line, index): Row[] => {
    if (line.trim() === '') return []
    const [, time = '', target = '', value = ''] = /^([^,]*),(.*),([^,]*)$/.exec(line) ?? []
    const [at, ms] = [Date.parse(time), Number(value)]
    if (Number.isNaN(at) || Number.isNaN(ms) || ms < 0)
      throw new Error(`line ${index + 2} must be a time, a target and its ms, and is ${line}`)
    return value.trim() === '' || ms === 0 ? [] : [{ target, at, ms }]
  })
  return Map.groupBy(
    rows.toSorted((a, b) => a.at - b.at),
    ({ target }) => target,
  )
}

/** What each method would have opened on recorded samples, and each incident of ours. */
export function replaySeries(path: string): Record<string, unknown>[] {
  const opens = new Map<string, number>()
  const count = (name: string, by: number) => opens.set(name, (opens.get(name) ?? 0) + by)
  const incidents: Record<string, unknown>[] = []
  let days = 0
  for (const [target, rows] of readSeries(readFileSync(path, 'utf8'))) {
    const gaps = rows.slice(1).map(({ at }, index) => at - (rows[index]?.at ?? at))
    const ledger = new Ledger()
    const usual = new Usual()
    const methods = [
      ['ours', ours(usual, { ledger, intervalMs: median(gaps) })] as const,
      ...Object.entries(peers).map(([name, make]) => [name, make(usual)] as const),
    ].map(([name, method]) => ({ name, method, before: false }))
    let judgedFrom: number | null = null
    for (const { at, ms } of rows) {
      usual.see({ at, ms })
      if (usual.at(at).n < rules.slow.baseline.samples) continue
      judgedFrom ??= at
      for (const watched of methods) {
        const now = watched.method(at, ms)
        count(watched.name, now && !watched.before ? 1 : 0)
        watched.before = now
      }
    }
    const until = rows.at(-1)?.at ?? 0
    days += (until - (judgedFrom ?? until)) / dayMs
    for (const { openedAt, resolvedAt, severity, evidence } of ledger.incidents)
      incidents.push({
        target,
        opened: openedAt.toISOString(),
        resolved: resolvedAt?.toISOString() ?? null,
        severity,
        ratio: round(Number(evidence['ratio'])),
        noisy: evidence['noisy'],
      })
  }
  const rates = [...opens].map(([method, n]) => ({
    method,
    opens: n,
    'a day for 50 targets': days === 0 ? null : round((50 * n) / days),
  }))
  return [...rates, ...incidents]
}
