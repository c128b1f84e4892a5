import type { RowPage } from '../core/row-page.ts'
import type { Store } from './store.ts'

/** Results that are read at a time. */
const pageRows = 500

/** Which results, and after which of them. */
export type ResultSelection = Omit<Parameters<Store['listResults']>[0], 'limit'>

/** A page of rows, and the `after` of the following one; null at the end. */
export type ResultRowPage = RowPage & { next: string | null }

/** The pages of a selection, all with the columns of the first one. Rejects with StoreError. */
export async function* resultPages(
  store: Pick<Store, 'listResults'>,
  selection: ResultSelection,
): AsyncGenerator<ResultRowPage> {
  let columns: string[] | null = null
  let { after } = selection
  do {
    const page = await store.listResults({ ...selection, after, limit: pageRows })
    const names = (columns ??= page.columns)
    after = page.next
    yield { columns: names, rows: page.rows.map((row) => names.map((name) => row[name])), next: after }
  } while (after !== null)
}
