import { toJsonText } from '../core/json.ts'
import type { RowPage } from '../core/row-page.ts'

/**
 * Rows as one JSON array, page by page; one object per row and line. Of two columns with the same name the
 * last is kept.
 */
export async function* formatJsonRows(pages: AsyncIterable<RowPage>): AsyncGenerator<string> {
  let before = '[\n'
  for await (const { columns, rows } of pages) {
    const objects = rows.map((row) =>
      toJsonText(Object.fromEntries(columns.map((column, index) => [column, row[index]]))),
    )
    if (objects.length === 0) continue
    yield before + objects.join(',\n')
    before = ',\n'
  }
  yield before === '[\n' ? '[]\n' : '\n]\n'
}
