import type { SweepInDetail } from '../../api/sweep-queries.ts'
import { list } from '../../format/words.ts'

/** A search of a sweep: how far it goes, and the share of good requests that it looks for, if it does. */
interface Search {
  most: number
  goodput: number | null
}

/** How the levels of a sweep are sought; null if they were listed. */
export function searchIn({ search }: SweepInDetail['settings']): Search | null {
  if (typeof search !== 'object' || search === null || !('most' in search) || !('goodput' in search))
    return null
  const { most, goodput } = search
  return typeof most === 'number' ? { most, goodput: typeof goodput === 'number' ? goodput : null } : null
}

/** What a search looks for: `the highest at which 95 % are good, up to 256`. */
export const searchText = ({ most, goodput }: Search): string =>
  goodput === null
    ? `more while it brings more, up to ${most}`
    : `the highest at which ${percentOf(goodput)} are good, up to ${most}`

const percentOf = (share: number): string => `${Math.round(share * 1000) / 10} %`

type Found = SweepInDetail['found'][number]

/** What a search found, as a figure. */
export function foundFigure({ by, goodput, highest, stop, unresolved, most }: Found) {
  const unit = by === 'rate' ? 'requests/s' : 'in flight'
  const open =
    unresolved.length === 0 ? '' : `; ${list(unresolved.map(String))} may hold: more calls would tell`
  return {
    name: goodput === null ? 'More is of use up to' : `${percentOf(goodput)} are good up to`,
    value: highest === null ? '–' : String(highest),
    unit: highest === null ? '' : unit,
    about: `${stop === 'limit' ? `it was tried no further than ${most}` : stopTexts[stop]}${open}`,
  }
}

const stopTexts: Readonly<Record<Exclude<Found['stop'], 'limit'>, string>> = {
  marginal: 'twice as much brought less than a tenth more',
  errors: 'above it more than 5 % failed',
  client_bound: 'above it this machine was the limit',
  found: 'the next level does not hold',
  not_made: 'no call of the next level was made',
  unfinished: 'the search was ended before it was over',
}
