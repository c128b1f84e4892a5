import type { Store } from './store.ts'

/** Opens a store, uses it, closes it. Rejects with StoreError. */
export async function withStore<Output>(
  openStore: () => Promise<Store>,
  use: (store: Store) => Promise<Output>,
): Promise<Output> {
  const store = await openStore()
  try {
    return await use(store)
  } finally {
    await store.close()
  }
}
