import type { App } from '../jobs/app.ts'
import type { RunSetup } from '../jobs/request.ts'
import { configuredHere } from './configured.ts'

/** The setup of a call, which only its deadline stops. */
export function functionSetup(app: App, budgetMs: number): RunSetup & { deadline: object } {
  const { signal } = new AbortController()
  return {
    configured: configuredHere(app),
    defaults: app.config.defaults,
    save: true,
    seed: null,
    stop: signal,
    abort: signal,
    deadline: { at: app.clock.now() + budgetMs, budgetMs, onExpiry: 'hand_over' },
  }
}
