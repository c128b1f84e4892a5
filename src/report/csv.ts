import type { RowPage } from '../core/row-page.ts'

/**
 * Rows as CSV (RFC 4180, but with Unix line endings), page by page; a header first, even without rows. null
 * is an empty cell and the empty text `""`; dates are ISO 8601, objects and arrays JSON. A text that a
 * spreadsheet would run as a formula is prefixed with `'`. Texts are `shown` first: printable on a terminal.
 */
export async function* formatCsv(
  pages: AsyncIterable<RowPage>,
  shown: (text: string) => string = (text) => text,
): AsyncGenerator<string> {
  const line = (cells: readonly unknown[]) => `${cells.map((cell) => formatCell(cell, shown)).join(',')}\n`
  let header = true
  for await (const { columns, rows } of pages) {
    if (columns.length === 0) return
    if (header) yield line(columns)
    header = false
    if (rows.length > 0) yield rows.map(line).join('')
  }
}

function formatCell(value: unknown, shown: (text: string) => string): string {
  if (value === null || value === undefined) return ''
  if (value instanceof Date) return value.toISOString()
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  const text = withoutFormula(shown(typeof value === 'string' ? value : JSON.stringify(value)))
  return text === '' || ends.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/**
 * What may end a cell: RFC 4180's quotes, commas and line breaks, and the separators that a spreadsheet guesses
 * or its language uses: LibreOffice splits at `;` and tabs by default, Excel at `;` in half of Europe, importers
 * also at `|` and at controls.
 */
const ends = /[",;|\p{Cc}\u2028\u2029]/u

/**
 * How a formula starts in Excel, LibreOffice and Google Sheets, in full-width and small forms too: also behind
 * blanks and characters without a width, which they skip. A tab or a line break is skipped whatever follows.
 */
const formulaStart = /^(?:[\t\r\n]|[\s\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]*[=+\-@＝＋－＠﹦﹢﹣﹫])/u

/** A database returns counts and numerics as text. A plain number is harmless. */
const plainNumber = /^[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i

const withoutFormula = (text: string): string =>
  formulaStart.test(text) && !plainNumber.test(text) ? `'${text}` : text
