import { setTimeout } from 'node:timers/promises'
import { type Health, StoreError } from '../store/store.ts'
import { withStore } from '../store/with-store.ts'
import type { App } from './app.ts'

/**
 * Opens the store, asks when the schedule last ran, and closes it. Rejects with StoreError, also if that
 * takes longer than `limitMs`.
 */
export async function readHealth(
  { store, config }: Pick<App, 'store' | 'config'>,
  limitMs: number,
): Promise<Health> {
  const schedule = config.defaults.schedule.name
  const settled = new AbortController()
  const late = setTimeout(limitMs, null, { signal: settled.signal }).then(() => {
    throw new StoreError('timeout', `read_health: no answer within ${limitMs / 1000} s.`)
  })
  try {
    return await Promise.race([withStore(store.open, (opened) => opened.readHealth({ schedule })), late])
  } finally {
    settled.abort()
  }
}
