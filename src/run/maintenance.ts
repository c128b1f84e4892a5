import { latestFire } from './slot.ts'

/** A maintenance window, as it is kept: once, or each time that a cron expression fires in its time zone. */
export interface MaintenanceWindow {
  /** `all`, `provider/<provider>` or `target/<target id>`. */
  scope: string
  /** Its beginning and end; of one that recurs, between which moments it does, each or null. */
  starts_at: string | null
  ends_at: string | null
  cron: string | null
  duration_minutes: number | null
  time_zone: string | null
}

/** What a window may be for. */
export interface MaintainedTarget {
  provider: string | null
  targetId: string | null
}

/** Whether a target is in maintenance at a moment; without a provider and a target, the whole installation. */
export const isInMaintenance = (
  windows: readonly MaintenanceWindow[],
  { provider, targetId }: MaintainedTarget,
  at: Date,
): boolean => {
  const scopes = ['all', `provider/${provider}`, `target/${targetId}`]
  return windows.some((window) => scopes.includes(window.scope) && isOpen(window, at))
}

/** Whether a window is open at a moment; its end is not part of it. */
export function isOpen(window: MaintenanceWindow, at: Date): boolean {
  const { starts_at: from, ends_at: to, cron, duration_minutes: minutes, time_zone: zone } = window
  if (from !== null && at < new Date(from)) return false
  if (to !== null && at >= new Date(to)) return false
  if (cron === null || minutes === null || zone === null) return true
  const began = latestFire(cron, zone, at)
  return began !== null && at.getTime() < began.getTime() + minutes * 60_000
}
