import { StoreError } from './store.ts'

/** Catches what a store rejects with, if that is no news. Another error is a bug, and goes on. */
export function ignoreFailure(error: unknown): void {
  if (!(error instanceof StoreError)) throw error
}
