import { within } from '../run/within.ts'
import { type Health, StoreError } from '../store/store.ts'
import { withStore } from '../store/with-store.ts'
import type { App, StoreHandle } from './app.ts'

type HealthApp = Pick<App, 'store' | 'config'>

/**
 * When the schedule last ran, by the database. Who asks while a reading is under way gets that one: anyone may
 * ask, and a connection each would be more than a database has. Rejects with StoreError, also if the reading
 * takes longer than `limitMs`.
 */
export function readHealth(app: HealthApp, limitMs: number): Promise<Health> {
  const underWay = readings.get(app.store)
  if (underWay !== undefined) return underWay
  const reading = read(app, limitMs).finally(() => readings.delete(app.store))
  readings.set(app.store, reading)
  return reading
}

const readings = new WeakMap<StoreHandle, Promise<Health>>()

/** Opens the store, asks, and closes it. */
async function read({ store, config }: HealthApp, limitMs: number): Promise<Health> {
  const schedule = config.defaults.schedule.name
  const late = new StoreError('timeout', `read_health: no answer within ${limitMs / 1000} s.`)
  return within(
    withStore(store.open, (opened) => opened.readHealth({ schedule })),
    limitMs,
    late,
  )
}
