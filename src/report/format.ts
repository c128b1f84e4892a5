import { createRequire } from 'node:module'
import { stripVTControlCharacters } from 'node:util'
import { oneLine } from '../core/text.ts'

/** A duration: `412 ms`, `1.24 s`; `-` if null. */
export function formatMs(ms: number | null): string {
  if (ms === null) return '-'
  return ms < 1000 ? `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms` : `${(ms / 1000).toFixed(2)} s`
}

/** A rate: `30.5`, `702`; `-` if null. */
export const formatRate = (rate: number | null): string =>
  rate === null ? '-' : rate.toFixed(rate < 100 ? 1 : 0)

/**
 * US dollars, with three significant digits below a cent: `$0.000143`, `$1.25`; `unknown` if null, because
 * unknown is not zero.
 */
export function formatUsd(usd: number | null): string {
  if (usd === null) return 'unknown'
  if (usd === 0) return '$0'
  return usd < 0.01 ? `$${usd.toFixed(2 - Math.floor(Math.log10(usd)))}` : `$${usd.toFixed(2)}`
}

/** A whole number, or `?` if unknown. */
export const formatCount = (count: number | null): string => (count === null ? '?' : String(count))

/**
 * Untrusted text on one line: a provider must not move our cursor, color our screen or forge a line of ours.
 */
export const printable = (text: string): string =>
  oneLine(slicesOf(text).map(stripVTControlCharacters).join(''))

/**
 * A long text in slices, because what looks for the end of a sequence begins anew at each that has none: 400 KB
 * of them took 74 s. Of a sequence over two slices the letters stay; nothing obeys them.
 */
const slicesOf = (text: string): string[] =>
  [...Array(Math.ceil(text.length / longestSlice)).keys()].map((slice) =>
    text.slice(slice * longestSlice, (slice + 1) * longestSlice),
  )

/** UTF-16 units. */
const longestSlice = 2048

/** What measures text, loaded for the first that needs it: 30 ms of CPU, more than all the rest of a table. */
const load = () => ({
  graphemes: new Intl.Segmenter(),
  stringWidth: (createRequire(import.meta.url)('string-width') as typeof import('string-width')).default,
})
let loaded: ReturnType<typeof load> | undefined
const measures = () => (loaded ??= load())

/** Whether each character takes one column: printable ASCII. */
const isPlain = (text: string): boolean => /^[ -~]*$/.test(text)

/** How many columns of a terminal a text takes: Chinese and emoji take two each, accents none. */
export const widthOf = (text: string): number => (isPlain(text) ? text.length : measures().stringWidth(text))

/** A text of at most `most` columns of a terminal; `…` marks what is cut off. */
export function shortened(text: string, most: number): string {
  if (isPlain(text)) return text.length <= most ? text : `${text.slice(0, Math.max(0, most - 1))}…`
  let width = 0
  let kept = 0
  for (const { segment, index } of measures().graphemes.segment(text)) {
    width += widthOf(segment)
    // Characters without a width could go on for ever.
    if (width > most || index > longestColumn * most) return `${text.slice(0, kept)}…`
    if (width < most) kept = index + segment.length
  }
  return text
}

/** UTF-16 units that a column may take: an emoji of two has up to 14. */
const longestColumn = 8

/** A text with blanks up to so many columns of a terminal. */
export function padded(text: string, width: number, align: Column['align'] = 'left'): string {
  const blanks = ' '.repeat(Math.max(0, width - widthOf(text)))
  return align === 'left' ? text + blanks : blanks + text
}

/** A column of a text table. */
export interface Column {
  title: string
  align: 'left' | 'right'
}

/**
 * A text table: columns as wide as their widest cell, two spaces apart. Cells must be plain text; `style` may
 * color a padded cell.
 */
export function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  style: (cell: string, place: { row: number; column: number }) => string = (cell) => cell,
): string {
  const widths = columns.map(({ title }, column) =>
    Math.max(widthOf(title), ...rows.map((row) => widthOf(row[column] ?? ''))),
  )
  const line = (cells: readonly string[], row: number) =>
    columns
      .map(({ align }, column) => {
        const cell = padded(cells[column] ?? '', widths[column] ?? 0, align)
        return style(cell, { row, column })
      })
      .join('  ')
      .trimEnd()
  return [
    line(
      columns.map(({ title }) => title),
      -1,
    ),
    ...rows.map(line),
  ].join('\n')
}
