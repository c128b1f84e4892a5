import { setTimeout } from 'node:timers/promises'
import { type Health, StoreError } from '../store/store.ts'
import type { App } from './app.ts'

/**
 * Opens the store, asks when the schedule last ran, and closes it. Rejects with StoreError, also if that
 * takes longer than `limitMs`.
 */
export async function readHealth(
  { store, config }: Pick<App, 'store' | 'config'>,
  limitMs: number,
): Promise<Health> {
  const settled = new AbortController()
  const late = setTimeout(limitMs, null, { signal: settled.signal }).then(() => {
    throw new StoreError('timeout', `read_health: no answer within ${limitMs / 1000} s.`)
  })
  try {
    return await Promise.race([ask(store, config.defaults.schedule.name), late])
  } finally {
    settled.abort()
  }
}

async function ask(handle: App['store'], schedule: string): Promise<Health> {
  const store = await handle.open()
  try {
    return await store.readHealth({ schedule })
  } finally {
    await store.close()
  }
}
