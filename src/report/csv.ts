import type { RowPage } from '../core/row-page.ts'

/**
 * Rows as CSV (RFC 4180, but with Unix line endings), page by page; a header first, even without rows. null
 * is an empty cell and the empty text `""`; dates are ISO 8601, objects and arrays JSON. A text that a
 * spreadsheet would run as a formula is prefixed with `'`.
 */
export async function* formatCsv(pages: AsyncIterable<RowPage>): AsyncGenerator<string> {
  let header = true
  for await (const { columns, rows } of pages) {
    if (columns.length === 0) return
    if (header) yield formatLine(columns)
    header = false
    if (rows.length > 0) yield rows.map(formatLine).join('')
  }
}

const formatLine = (cells: readonly unknown[]): string => `${cells.map(formatCell).join(',')}\n`

function formatCell(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (value instanceof Date) return value.toISOString()
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  const text = typeof value === 'string' ? withoutFormula(value) : JSON.stringify(value)
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/**
 * Characters that start a formula in Excel, LibreOffice and Google Sheets, or are skipped before one;
 * including full-width forms.
 */
const formulaStart = /^[=+\-@\t\r\n＝＋－＠]/

/** A database returns counts and numerics as text. A plain number is harmless. */
const plainNumber = /^[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i

const withoutFormula = (text: string): string =>
  formulaStart.test(text) && !plainNumber.test(text) ? `'${text}` : text
