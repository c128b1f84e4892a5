import type { Budget } from '../core/budget.ts'
import type { Order, Timeouts } from '../core/plan.ts'
import type { Schedule } from '../run/slot.ts'
import type { SyncSettings } from '../sync/settings.ts'
import type { RetentionDays } from './retention.ts'

/** How benchmarks are made unless a request says otherwise. */
export interface Defaults {
  prompt: string
  maxTokens: number
  temperature: number
  timeouts: Timeouts
  order: Order
  /** Whether a failure by the provider's fault is rechecked after a few seconds. */
  confirm: boolean
  /** Null if nothing limits what may be spent. */
  budget: Budget | null
  region: string
  schedule: Schedule
}

/** The settings of an installation, without its credentials. */
export interface Config {
  defaults: Defaults
  sync: SyncSettings
  /** How long texts and results are kept, and when older ones are deleted. */
  retention: RetentionDays & { cron: string }
  /** Hosts that untrusted providers may be at although they are not public. */
  egressAllow: readonly string[]
  onVercel: boolean
  /** The folder of the log; null if entries go to a stream because no disk is kept. */
  logDir: string | null
}
