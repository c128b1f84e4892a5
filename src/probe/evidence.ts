import type { LagMonitor } from './lag.ts'
import type { Measured } from './measure.ts'
import type { Call } from './request.ts'

/** Everything known about one call when it is over. */
export interface Evidence extends Measured {
  call: Call
  lag: LagMonitor
  startedAt: Date
  /** `clock.now()` when the call was decided on. */
  decided: number
}
