import { cronProblem, latestFire, nextFire, zoneProblem } from './slot.ts'

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

/** What is wrong with the times of a window that somebody writes down, by field. */
export function windowProblems({
  starts_at: from,
  ends_at: to,
  cron,
  duration_minutes: minutes,
  time_zone: zone,
}: Omit<MaintenanceWindow, 'scope'>): { path: string; message: string }[] {
  const once = {
    starts_at: from === null ? 'is needed, or cron' : null,
    ends_at: to === null ? 'is needed, or cron' : null,
    duration_minutes: minutes === null ? null : 'is for cron',
    time_zone: zone === null ? null : 'is for cron',
  }
  const recurring = (expression: string) => ({
    cron: cronProblem(expression),
    duration_minutes: minutes === null ? 'is needed with cron' : null,
    time_zone: zone === null ? 'is needed with cron' : zoneProblem(zone),
  })
  const isTurned = from !== null && to !== null && new Date(to) <= new Date(from)
  const found: [string, string | null][] = [
    ...Object.entries(cron === null ? once : recurring(cron)),
    ['ends_at', isTurned ? 'must be after starts_at' : null],
  ]
  return found.flatMap(([path, message]) => (message === null ? [] : [{ path, message }]))
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

/** What is in maintenance at a moment, as windows name it. */
export const maintainedScopes = (windows: readonly MaintenanceWindow[], at: Date): string[] =>
  windows.filter((window) => isOpen(window, at)).map(({ scope }) => scope)

/** Whether a window is open at a moment; its end is not part of it. */
const isOpen = (window: MaintenanceWindow, at: Date): boolean => openUntil(window, at) !== null

/** When a window that is open at a moment closes; null if it is not open. */
export function openUntil(window: MaintenanceWindow, at: Date): Date | null {
  const [from, to] = endsOf(window)
  if ((from !== null && at < from) || (to !== null && at >= to)) return null
  const { cron, duration_minutes: minutes, time_zone: zone } = window
  if (cron === null || minutes === null || zone === null) return to
  const end = latestEnd({ cron, zone, minutes }, at)
  if (end === null || end <= at) return null
  return to !== null && to < end ? to : end
}

/** When the time that began last ends; null if none ever began. */
function latestEnd(
  { cron, zone, minutes }: { cron: string; zone: string; minutes: number },
  at: Date,
): Date | null {
  const began = isReadable(cron, zone) ? latestFire(cron, zone, at) : null
  return began && new Date(began.getTime() + minutes * 60_000)
}

/** Another version of Node.js, or SQL, may have saved an expression or a time zone that cannot be read here: it is never open. */
const isReadable = (cron: string, zone: string): boolean =>
  cronProblem(cron) === null && zoneProblem(zone) === null

const endsOf = ({ starts_at: from, ends_at: to }: MaintenanceWindow) =>
  [from === null ? null : new Date(from), to === null ? null : new Date(to)] as const

/** When a window opens next after a moment; null if it does not. */
export function opensNext(window: MaintenanceWindow, at: Date): Date | null {
  const { cron, time_zone: zone } = window
  const [from, to] = endsOf(window)
  const isAhead = from !== null && from > at
  // One that recurs may begin with a fire time, or in the middle of what followed one.
  if (isAhead && openUntil(window, from) !== null) return from
  if (cron === null || zone === null || !isReadable(cron, zone)) return null
  const next = nextFire(cron, zone, isAhead ? from : at)
  return next !== null && (to === null || next < to) ? next : null
}
