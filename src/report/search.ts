import type { Level, Search } from '../core/plan.ts'
import { nextLevel, type SearchedLevel, sizeOf, wholeLevels } from '../lab/ladder.ts'
import { describeSweep, type SweepContext, type SweepRow, type SweptLevel } from './describe-sweep.ts'

/** What a search found about a target with a context tier. */
export interface SearchOutcome extends Pick<Level, 'provider' | 'model' | 'contextTokens'> {
  by: 'concurrency' | 'rate'
  most: number
  /** The share of good requests that was sought; null if it went on while throughput grew. */
  goodput: number | null
  /** The highest level that holds, or beyond which more is no use; null if there is none. */
  highest: number | null
  /** Levels above it whose interval contains the share: they might hold. */
  unresolved: number[]
  /** Why it ended; `unfinished` if it was stopped, or this machine's CPU was the limit, which is not recorded. */
  stop: StopText
}

type StopText = keyof typeof stopTexts

const stopTexts = {
  marginal: 'twice as much brought less than a tenth more requests/s',
  errors: 'more than 5 % of the requests failed',
  client_bound: 'this machine was the limit',
  limit: 'that is as far as it was allowed (--most)',
  not_made: 'none of its calls that count was made',
  interrupted: 'twice another process took over the level above',
  found: 'the level above does not hold',
  unfinished:
    'it was ended before it was over; give the next levels with --concurrency or --rate, or make it again',
} as const

/** What came of a search: for each target and context tier. */
export function searchOutcomes(
  search: Search | null,
  levels: readonly Level[],
  { rows, cpuShares, isOver }: Searched,
): SearchOutcome[] {
  if (search === null) return []
  // By the objectives that it went by, whichever a report is made with.
  const described = describeSweep(levels, rows, { objectives: search.objectives, cpuShares })
  const cells = Map.groupBy(described, ({ provider, model, contextTokens }) =>
    JSON.stringify([provider, model, contextTokens]),
  )
  return [...cells.values()].flatMap((cell) => {
    const last = cell.at(-1)
    const isCut = (last?.notMade ?? 0) > 0 || (!isOver && last === described.at(-1))
    return outcomeOf(search, cell, isCut)
  })
}

/** What a search is judged by. */
interface Searched extends Pick<SweepContext, 'cpuShares'> {
  rows: readonly SweepRow[]
  /** Whether its run finished, so that its last level was made. */
  isOver: boolean
}

function outcomeOf(search: Search, cell: readonly SweptLevel[], isCut: boolean): SearchOutcome[] {
  const [first] = cell
  if (first === undefined) return []
  const { provider, model, contextTokens, load } = first
  const by = 'rate' in load ? 'rate' : 'concurrency'
  const about = { provider, model, contextTokens, by, most: search.most, goodput: search.goodput } as const
  const tried = cell.map(({ load: of, report }) => ({ size: sizeOf(of), report }))
  return [{ ...about, ...(isCut ? unfinished : endOf(search, tried)) }]
}

type End = Pick<SearchOutcome, 'highest' | 'unresolved' | 'stop'>

const unfinished: End = { highest: null, unresolved: [], stop: 'unfinished' }

function endOf(search: Search, tried: readonly SearchedLevel[]): End {
  const step = nextLevel(search, tried)
  if ('next' in step) return unfinished
  if ('found' in step) return { ...step.found, stop: step.found.highest === search.most ? 'limit' : 'found' }
  const { stop } = step
  // What is above it was tried and is no use.
  const isLast = stop === 'limit' || stop === 'interrupted'
  const best = search.goodput === null ? wholeLevels(tried).at(isLast ? -1 : -2) : undefined
  return { highest: best?.size ?? null, unresolved: [], stop }
}

/** What searches found, a line each. */
export const searchNotes = (outcomes: readonly SearchOutcome[]): string[] =>
  outcomes.map((outcome) => {
    const { provider, model, contextTokens, goodput } = outcome
    const tier = contextTokens === null ? '' : `, context ${contextTokens}`
    const text = goodput === null ? climbText(outcome) : findText(outcome, goodput)
    return `${provider} / ${model}${tier}: ${text}`
  })

function climbText({ highest, stop }: SearchOutcome): string {
  if (stop === 'unfinished') return `the search has no end: ${stopTexts[stop]}.`
  return highest === null
    ? `the search ended at its first level: ${stopTexts[stop]}.`
    : `the search ended after concurrency ${highest}: ${stopTexts[stop]}.`
}

function findText({ by, highest, unresolved, stop }: SearchOutcome, goodput: number): string {
  const sizeText = (size: number) => (by === 'rate' ? `${size} requests/s` : `concurrency ${size}`)
  const what = `goodput>=${goodput}`
  if (stop === 'unfinished' || stop === 'not_made' || stop === 'interrupted')
    return `${what} was not found: ${stopTexts[stop]}.`
  const held = highest === null ? 'holds at no level that was tried' : `holds up to ${sizeText(highest)}`
  const limit = stop === 'limit' ? `; ${stopTexts.limit}` : ''
  const open =
    unresolved.length === 0
      ? ''
      : `; unresolved at ${unresolved.map(sizeText).join(', ')}, where the interval contains ${goodput}: more calls a level would tell`
  return `${what} ${held}${limit}${open}.`
}
