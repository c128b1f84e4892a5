import type { RowPage } from '../core/row-page.ts'

/** Rows as one JSON array, page by page; an object a row, on a line of its own. Of two columns with one name the last is kept. */
export async function* formatJsonRows(pages: AsyncIterable<RowPage>): AsyncGenerator<string> {
  let before = '[\n'
  for await (const { columns, rows } of pages) {
    const objects = rows.map((row) =>
      JSON.stringify(Object.fromEntries(columns.map((column, index) => [column, row[index]]))),
    )
    if (objects.length === 0) continue
    yield before + objects.join(',\n')
    before = ',\n'
  }
  yield before === '[\n' ? '[]\n' : '\n]\n'
}
