import type { Store } from './store.ts'

/** A store that all parts of one call share. */
export interface OnceOpened {
  /** Opens it when it is first asked for, and again if that failed. Rejects with StoreError. */
  get: () => Promise<Store>
  close: () => Promise<void>
}

/** A store that is opened when it is first asked for. */
export function openOnce(open: () => Promise<Store>): OnceOpened {
  let opened: Promise<Store> | null = null
  return {
    get: () => {
      const opening = (opened ??= open())
      opening.catch(() => (opened = null))
      return opening
    },
    close: async () => {
      const store = await opened?.catch(() => null)
      await store?.close()
    },
  }
}
