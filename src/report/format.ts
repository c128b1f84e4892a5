import { stripVTControlCharacters } from 'node:util'

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
  stripVTControlCharacters(text)
    .replaceAll(/[\s\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ')
    .trim()

/** A text of at most `most` characters; `…` marks what is cut off. */
export const shortened = (text: string, most: number): string =>
  text.length <= most ? text : `${text.slice(0, Math.max(0, most - 1))}…`

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
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  )
  const line = (cells: readonly string[], row: number) =>
    columns
      .map(({ align }, column) => {
        const cell = cells[column] ?? ''
        const padded =
          align === 'left' ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)
        return style(padded, { row, column })
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
