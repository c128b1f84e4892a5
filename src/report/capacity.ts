import type { Capacity, ProviderLanes } from '../core/capacity.ts'
import { mostLanes } from '../core/fleet.ts'
import { type Column, formatTable, printable } from './format.ts'

/** What a schedule takes, as lines and a table of the providers that need most of their lanes. */
export function capacityText(capacity: Capacity): string {
  const { providers } = capacity
  const shown = providers.slice(0, mostShown)
  return [
    linesOf(capacity).join('\n'),
    ...(shown.length === 0 ? [] : [formatTable(columns, shown.map(cellsOf))]),
    ...(providers.length > mostShown
      ? [`${providers.length - mostShown} more providers need less of theirs`]
      : []),
  ].join('\n\n')
}

const mostShown = 20

const columns: Column[] = [
  { title: 'PROVIDER', align: 'left' },
  { title: 'PROBES A SLOT', align: 'right' },
  { title: 'TAKE', align: 'right' },
  { title: 'LANES', align: 'right' },
  { title: 'NEEDED', align: 'right' },
  { title: '', align: 'left' },
]

const cellsOf = ({ provider, probes, minutes, lanes, lanes_needed: needed }: ProviderLanes): string[] => [
  printable(provider),
  number(probes),
  `${number(minutes)} min`,
  String(lanes),
  String(needed),
  needed > lanes ? `too few: ${remedyFor(printable(provider), needed)}` : '',
]

const remedyFor = (provider: string, needed: number): string =>
  needed > mostLanes
    ? `${mostLanes} are the most: give its targets an interval`
    : `fleet.ts lanes ${provider} ${needed}`

function linesOf({ targets, regions, probes_a_slot: slot, ...of }: Capacity): string[] {
  const { database, bill } = of
  return [
    `${many(targets, 'target')} in ${many(regions, 'region')}: ${number(slot)} probes a slot, ${number(of.probes_a_day)} a day`,
    `in flight: ${number(of.in_flight)} calls while a slot is made; ${many(of.workers, 'worker')} of 16 lanes`,
    of.fits
      ? 'each slot is made before the next'
      : 'a slot is not made before the next: providers lack lanes',
    `database: ${size(database.mb_a_month)} a month, ${size(database.mb_kept)} once as much is pruned as comes in, ` +
      `and ${size(database.mb_a_year_for_good)} a year for good; ${size(database.wal_mb_a_day)} of write-ahead log a day`,
    `calls: ${usd(bill.usd_a_day)} a day, ${usd(bill.usd_in_30_days)} in 30 days; at most ${usd(bill.most_usd_a_day)} and ${usd(bill.most_usd_in_30_days)}` +
      (bill.n_unpriced === 0 ? '' : `; ${number(bill.n_unpriced)} probes a day have no price`),
  ]
}

const many = (count: number, noun: string): string => `${number(count)} ${noun}${count === 1 ? '' : 's'}`

/** `0.000143`, `12.3`, `12,360`. */
const number = (value: number): string =>
  value.toLocaleString('en-US', { maximumSignificantDigits: value < 1000 ? 3 : 4 })
const usd = (value: number): string => `$${number(value)}`

const size = (mb: number): string =>
  mb < 1000 ? `${number(mb)} MB` : mb < 1e6 ? `${number(mb / 1000)} GB` : `${number(mb / 1e6)} TB`
