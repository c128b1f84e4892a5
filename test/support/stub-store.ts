import { createStore } from '../../src/store/functions.ts'
import { quietAlerts } from './quiet-alerts.ts'
import type { Store } from '../../src/store/store.ts'

/**
 * A store without a database that has only these methods, and those of alerts, which do nothing; calling another is an
 * error that names its function.
 */
export const stubStore = (methods: Partial<Store>): Store => ({
  ...createStore(
    (name) => Promise.reject(new Error(`${name} is not stubbed`)),
    () => Promise.resolve(),
  ),
  ...quietAlerts,
  ...methods,
})
