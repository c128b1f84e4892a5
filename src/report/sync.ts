import type { LeavingTarget, PriceChange, PriceConflict, SyncOutcome } from '../core/catalog.ts'
import type { Price } from '../core/price.ts'
import type { Paint } from './console.ts'
import { printable, shortened, widthOf } from './format.ts'

/** Limits of model ids on one line, in columns, and of lines of one kind; the rest is only counted. */
const widestNames = 52
const mostLines = 10
const mostConflicts = 3
const longestName = 60

/** The outcome of one provider: a line, and details below it if there are any. */
export function syncLines(outcome: SyncOutcome, paint: Paint): string {
  const { provider, status, reason } = outcome
  if (reason !== null) {
    const what = status === 'refused' ? reason : `no listing: ${reason}`
    return `${paint('red', '✗')} ${paint('bold', provider.name)}  ${printable(what)}\n    nothing was changed`
  }
  const mark = status === 'planned' ? paint('cyan', '○') : paint('green', '✓')
  const { changes, prices, conflicts, leaving } = outcome
  const lines = [
    `${mark} ${paint('bold', provider.name)}  ${countsOf(outcome)}`,
    ...Object.entries({
      new: changes.added,
      left: changes.left,
      back: changes.returned,
      changed: changes.changed,
    }).map(([title, names]) => namesLine(title, names)),
    ...some(prices.filter(({ before }) => before !== null).map(priceLine)),
    ...some(conflicts.toSorted((a, b) => b.gap - a.gap).map(conflictLine), mostConflicts),
    ...leaving.map((each) => paint('yellow', leavingLine(each, status === 'planned'))),
  ]
  return lines.filter((line) => line !== '').join('\n')
}

function countsOf({ listed, chat, unreadable, prices, conflicts, unpriced, changes }: SyncOutcome): string {
  const { added, left, returned, changed } = changes
  const counts: [number, string][] = [
    [added.length, 'new'],
    [left.length, 'left'],
    [returned.length, 'back'],
    [changed.length, 'changed'],
    [prices.length, prices.length === 1 ? 'price set' : 'prices set'],
    [conflicts.length, conflicts.length === 1 ? 'price conflict' : 'price conflicts'],
    [unpriced, 'without a price'],
    [unreadable, unreadable === 1 ? 'row that is not a model' : 'rows that are not models'],
  ]
  const shown = counts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`)
  return `${listed} models, ${chat} of them chat; ${shown.join(', ') || 'nothing new'}`
}

const label = (title: string): string => `    ${title.padEnd(9)} `

function namesLine(title: string, names: readonly string[]): string {
  if (names.length === 0) return ''
  const fits = (count: number) => widthOf(names.slice(0, count).map(nameOf).join(', ')) <= widestNames
  let shown = 1
  while (shown < names.length && fits(shown + 1)) shown += 1
  const more = names.length > shown ? ` and ${names.length - shown} more` : ''
  return `${label(title)}${names.slice(0, shown).map(nameOf).join(', ')}${more}`
}

const nameOf = (model: string): string => shortened(printable(model), longestName)

const some = (lines: readonly string[], most = mostLines): string[] =>
  lines.length > most
    ? [...lines.slice(0, most), `${label('')}and ${lines.length - most} more; --json has them all`]
    : [...lines]

const priceLine = ({ model, before, price }: PriceChange): string =>
  `${label('price')}${nameOf(model)}: ${before === null ? 'unknown' : ratesText(before)}` +
  ` -> ${ratesText(price)} (${price.source})`

const conflictLine = ({ model, chosen, other, gap }: PriceConflict): string =>
  `${label('conflict')}${nameOf(model)}: ${claim(chosen)}, but ${claim(other)}; ` +
  `${Math.round(gap * 100)} % apart`

const claim = (price: Price): string =>
  `${price.source} ${ratesText(price)}${price.asOf ? ` (${price.asOf.slice(0, 10)})` : ''}`

/** Input and output in USD per million tokens: `$0.15/$0.60`; `*` means that tiers or hours change it. */
export const ratesText = ({ inputPerM, outputPerM, overrides }: Price): string =>
  `${rate(inputPerM)}/${rate(outputPerM)}${overrides.length > 0 ? '*' : ''}`

/** As many decimals as needed, at least two. */
function rate(usd: number): string {
  const text = String(Number(usd.toPrecision(6)))
  return `$${(text.split('.')[1]?.length ?? 0) < 2 ? usd.toFixed(2) : text}`
}

function leavingLine(
  { target, shutdownOn, successor, healed, isOwned }: LeavingTarget,
  planned: boolean,
): string {
  const why = shutdownOn === null ? 'is no longer listed' : `is shut down on ${shutdownOn}`
  const what = `${label('leaving')}${nameOf(target.model)} ${why}`
  if (healed) return `${what}: ${planned ? 'would be ' : ''}switched to ${nameOf(successor ?? '')}`
  if (successor === null)
    return `${what}, and no successor is known: pnpm tsx scripts/models.ts add PROVIDER MODEL`
  const how = isOwned
    ? 'it is kept in firsttoken.yaml: change it there'
    : target.parameters.pin === undefined
      ? '--heal switches'
      : 'it is pinned to a host, so switch by hand'
  return `${what}: its successor is ${nameOf(successor)}; ${how}`
}
