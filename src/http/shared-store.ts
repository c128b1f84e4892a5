import { type Store, StoreError } from '../store/store.ts'

/** The code of a store that is not open yet, as it is for seconds after each start. */
export const opening = 'OPENING'

/** A store that all requests of a server share. */
export interface SharedStore {
  /** Begins to open it, if nobody has. */
  begin: () => void
  /** Gives it if it is open. Else begins to open it, and rejects with StoreError at once. */
  get: () => Promise<Store>
  close: () => Promise<void>
}

/** Opens a store in the background: the embedded one takes seconds, and a database may be away. */
export function shareStore(open: () => Promise<Store>): SharedStore {
  let store: Store | null = null
  let failure: unknown = new StoreError('unavailable', 'the database is being opened', { code: opening })
  let underWay: Promise<void> | null = null
  const begin = () => {
    underWay ??= open()
      .then(
        (opened) => void (store = opened),
        (error: unknown) => void (failure = error),
      )
      .finally(() => {
        underWay = null
      })
  }
  return {
    begin,
    get: () => {
      if (store !== null) return Promise.resolve(store)
      begin()
      return Promise.reject(failure)
    },
    close: async () => {
      await underWay
      await store?.close()
    },
  }
}
