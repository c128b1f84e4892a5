import type { RowPage } from '../core/row-page.ts'

/**
 * Rows as CSV (RFC 4180, but with the line ends of Unix), page by page; a header first, also where there are no rows. null is an empty cell and the
 * empty text `""`; moments are ISO 8601, objects and arrays JSON. A text that a spreadsheet would run as a formula gets a `'` before it.
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

/** What Excel, LibreOffice and Google Sheets read as the beginning of a formula, or skip before one; also in full width. */
const formulaStart = /^[=+\-@\t\r\n＝＋－＠]/

/** Counts and numerics of a database come as text. A number alone does nothing. */
const plainNumber = /^[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i

const withoutFormula = (text: string): string =>
  formulaStart.test(text) && !plainNumber.test(text) ? `'${text}` : text
