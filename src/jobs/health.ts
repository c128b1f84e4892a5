import { within } from '../run/within.ts'
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
  const late = new StoreError('timeout', `read_health: no answer within ${limitMs / 1000} s.`)
  return within(
    withStore(store.open, (opened) => opened.readHealth({ schedule })),
    limitMs,
    late,
  )
}
