import { counted } from '../core/text.ts'
import { formatMs, formatRate, formatUsd } from './format.ts'
import type { SweepData } from './sweep-data.ts'
import { durationOf } from './sweep-facts.ts'
import { type Entry, errorsOf, type Group, rateOf, timesOf } from './sweep-groups.ts'
import { loadWords } from './sweep-words.ts'

/** A number that people ask for first, with its ground. */
type Stat = [name: string, value: string, ground: string]

/** The numbers of a sweep in a few: the most that came of it, what waiting was then, failures and cost. */
export function statsOf(
  groups: readonly Group[],
  { run, rows, judged }: Pick<SweepData, 'run' | 'rows'> & { judged: boolean },
): Stat[] {
  const entries = groups.flatMap((group) => group.entries)
  const ranked = entries.filter(({ isRanked }) => isRanked)
  const best = ranked.toSorted((a, b) => rateOf(b) - rateOf(a))[0]
  const [lightest] = ranked
  const knee = groups.find((group) => group.best === best)?.knee ?? best
  const where = knee === best ? ', full load' : ' at the knee'
  return [
    ...throughputStats(best),
    ttftStat('TTFT p50, least load', lightest),
    ...(knee === lightest ? [] : [ttftStat(`TTFT p50${where}`, knee)]),
    ...(judged ? [goodputStat(knee)] : []),
    failureStat(entries, rows),
    costStat(run, rows),
  ]
}

const groundOf = (entry: Entry | undefined): string =>
  entry === undefined ? 'no level is ranked' : `with ${loadWords(entry)}`

function throughputStats(best: Entry | undefined): Stat[] {
  const throughput = best?.report?.throughput
  return [
    ['Most answers/s', throughput?.requestsPerS.toFixed(2) ?? '–', groundOf(best)],
    [
      'Output tokens/s',
      throughput === undefined ? '–' : formatRate(throughput.outputTokensPerS),
      groundOf(best),
    ],
  ]
}

function ttftStat(name: string, entry: Entry | undefined): Stat {
  const report = entry?.report ?? null
  const p50 = report === null ? null : timesOf(report).ttftMs.p50
  return [name, p50 === null ? '–' : formatMs(p50.value), groundOf(entry)]
}

function goodputStat(entry: Entry | undefined): Stat {
  const share = entry?.report?.goodput.share ?? null
  const value = share === null ? '–' : `${(100 * share).toFixed(share === 1 ? 0 : 1)} %`
  return ['Good requests', value, groundOf(entry)]
}

function failureStat(entries: readonly Entry[], rows: SweepData['rows']): Stat {
  const n = entries.reduce((sum, { report }) => sum + (report?.n ?? 0), 0)
  const failed = entries.reduce((sum, { report }) => sum + errorsOf(report), 0)
  return [
    'Failed',
    String(failed),
    `of ${counted(n, 'request')}, ${counted(rows.length - n, 'warm-up')} not counted`,
  ]
}

function costStat(run: SweepData['run'], rows: SweepData['rows']): Stat {
  const known = rows.map(({ cost_usd }) => cost_usd).filter((cost) => cost !== null)
  const sum = known.length === 0 ? 'unknown' : formatUsd(known.reduce((total, cost) => total + cost, 0))
  const unknown = rows.length - known.length
  const ground = `${counted(rows.length, 'call')}${unknown > 0 && known.length > 0 ? `, ${unknown} of unknown cost` : ''} in ${durationOf(run)}`
  return ['Cost', sum, ground]
}
