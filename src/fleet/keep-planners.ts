import type { App } from '../jobs/app.ts'
import { openBell } from '../jobs/bell.ts'
import { StoreError } from '../store/store.ts'
import type { Planner } from './planner.ts'

/** How often a planner looks, in ms. */
const lookMs = 10_000

/** Plans until stopped. A database that fails is asked again. */
export async function keepPlanners(
  planners: readonly Planner[],
  { sleep, log }: Pick<App, 'sleep' | 'log'>,
  stop: AbortSignal,
): Promise<void> {
  const bell = openBell(sleep, stop)
  while (!stop.aborted) {
    for (const planner of planners) await planned(planner, log)
    await bell.wait(lookMs)
  }
}

/** One pass. What fails is logged: the next pass mends it. */
async function planned(planner: Planner, log: App['log']): Promise<void> {
  try {
    await planner.pass()
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    log.warn(
      { kind: error.kind, code: error.code },
      `not planned, or not sent, until the next pass: ${error.message}`,
    )
  }
}
