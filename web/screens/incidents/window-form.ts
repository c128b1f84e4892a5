import type { MaintenanceWindow } from '../../api/incident-queries.ts'

/** What a person entered of a maintenance window. Moments are as an input has them, in the zone of the viewer. */
export interface EnteredWindow {
  name: string
  scope: string
  recurs: boolean
  from: string
  to: string
  cron: string
  minutes: string
  zone: string
  reason: string
}

/** A moment of an input, `2026-11-29T14:00`; null if it is none. */
export function momentOf(text: string): Date | null {
  const at = new Date(text)
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(text) && !Number.isNaN(at.getTime()) ? at : null
}

const two = (n: number): string => String(n).padStart(2, '0')

/** A moment as an input takes it, in the zone of the viewer, to the minute. */
export function inputOf(at: Date): string {
  const day = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join('-')
  return `${day}T${two(at.getHours())}:${two(at.getMinutes())}`
}

const isLength = (minutes: string): boolean => /^\d{1,5}$/.test(minutes.trim()) && Number(minutes) >= 1

/** A window as it is, to be changed. */
export function enteredWindow(row: MaintenanceWindow): EnteredWindow {
  const { name, scope, cron, duration_minutes: minutes, time_zone: zone, reason } = row
  const [from, to] = [row.starts_at, row.ends_at].map((at) => (at === null ? '' : inputOf(new Date(at))))
  return {
    name,
    scope,
    recurs: cron !== null,
    from: from ?? '',
    to: to ?? '',
    cron: cron ?? '',
    minutes: String(minutes ?? ''),
    zone: zone ?? '',
    reason: reason ?? '',
  }
}

/** Why a window cannot be saved; null if it can. */
export function windowProblem({ name, recurs, from, to, cron, minutes, zone }: EnteredWindow): string | null {
  if (name.trim() === '') return 'Give it a name'
  if (recurs) {
    if (cron.trim() === '') return 'Write when it begins, as a cron expression'
    if (!isLength(minutes)) return 'Write how many minutes it lasts'
    return zone.trim() === '' ? 'Write its time zone' : null
  }
  const [begins, ends] = [momentOf(from), momentOf(to)]
  if (begins === null || ends === null) return 'Choose when it begins and ends'
  return ends > begins ? null : 'It must end after it begins'
}

const boundsOf = ({ starts_at, ends_at }: MaintenanceWindow) => ({ starts_at, ends_at })

/** What is sent of it. Since when and until when one that is changed recurs, the form does not ask: that stays. */
export function windowBody(entered: EnteredWindow, before: MaintenanceWindow | null = null) {
  const { name, scope, recurs, from, to, cron, minutes, zone, reason } = entered
  return {
    name: name.trim(),
    scope,
    reason: reason.trim() === '' ? null : reason.trim(),
    ...(recurs
      ? {
          cron: cron.trim(),
          duration_minutes: Number(minutes),
          time_zone: zone.trim(),
          ...(before !== null && before.cron !== null && boundsOf(before)),
        }
      : { starts_at: momentOf(from)?.toISOString(), ends_at: momentOf(to)?.toISOString() }),
  }
}
