import type { Usage } from '../core/usage.ts'
import type { Measured } from './measure.ts'
import type { Call } from './request.ts'
import type { Delays } from './trust.ts'

/** Everything known about one call when it is over. */
export interface Evidence extends Measured {
  call: Call
  usage: Usage
  delays: Delays
  /** How long this machine stood still during the call, in ms. */
  stoodStillMs: number
  startedAt: Date
  /** `clock.now()` when the call was decided on. */
  decided: number
}
