import type { Store } from './store.ts'

/** Every result of a sweep, warm-ups among them, with the columns of list_sweep_results. Rejects with StoreError. */
export async function readSweepRows<SweepRow>(
  id: string,
  store: Pick<Store, 'listSweepResults'>,
): Promise<SweepRow[]> {
  const rows: SweepRow[] = []
  let after: string | null = null
  do {
    const page: Awaited<ReturnType<Store['listSweepResults']>> = await store.listSweepResults({ id, after })
    const { columns } = page
    for (const values of page.rows)
      rows.push(Object.fromEntries(columns.map((name, at) => [name, values[at]])) as SweepRow)
    after = page.next
  } while (after !== null)
  return rows
}
