import type { Incident, Notification, NotificationEvent } from '../core/incident.ts'
import type { Delivery } from './delivery-store.ts'
import { named, subjectName, words } from './incident-words.ts'
import { durationOf, utc } from './moments.ts'
import { plainLines, weekText } from './week-words.ts'

/** The page of an incident, or the dashboard; null if no public URL is known. */
export type LinkOf = (incidentId: string | null) => string | null

/** The notification that a delivery is of. */
export function describe(
  { id, event, at, incident, week, unannounced, undelivered }: Omit<Delivery, 'channel'>,
  linkOf: LinkOf,
): Notification {
  const common = { id, event, at, incident, week }
  if (week !== null) {
    const said = weekText(week)
    return { ...common, title: said.title, text: plainLines(said), link: linkOf(null) }
  }
  if (incident === null) return { ...common, title: testTitle, text: 'This channel works.', link: null }
  const of = undelivered?.event ?? event
  const title = titleOf(of, incident, { at, unannounced: unannounced || undelivered !== null })
  const text = textOf(of, incident)
  return {
    ...common,
    ...(undelivered === null ? { title, text } : notTold(undelivered, { title, text })),
    link: linkOf(incident.id),
  }
}

/** What another channel was to be told, and why it could not be. An error is the rest of a sentence about its channel. */
function notTold(
  { channel, error }: NonNullable<Delivery['undelivered']>,
  { title, text }: Pick<Notification, 'title' | 'text'>,
): Pick<Notification, 'title' | 'text'> {
  const why = error === null ? '' : `${named(channel)} ${error}.\n`
  return { title: `${named(channel)} could not be told: ${title}`, text: `${why}${text}` }
}

/** An incident as it is now: what is or was wrong with what, in one line; why, in numbers. */
export function incidentText(incident: Incident): { title: string; text: string } {
  const { kind, firstBadAt, resolvedAt } = incident
  if (resolvedAt === null)
    return { title: titleOf('opened', incident, soFar), text: textOf('opened', incident) }
  const title = `${subjectName(incident.subject)} ${words[kind].was} for ${lastingOf(firstBadAt, resolvedAt)}`
  return { title, text: textOf('resolved', incident) }
}
const soFar = { at: new Date(0), unannounced: false }

const testTitle = 'A test of firsttoken'

function titleOf(
  event: NotificationEvent,
  incident: Incident,
  { at, unannounced }: Pick<Delivery, 'at' | 'unannounced'>,
): string {
  const who = subjectName(incident.subject)
  const { is } = words[incident.kind]
  const lasted = lastingOf(incident.firstBadAt, incident.resolvedAt ?? at)
  if (event === 'worsened') return `Worse: ${who} ${is}`
  if (event === 'acknowledged')
    return `Acknowledged by ${named(incident.acknowledgedBy ?? 'somebody')}: ${who} ${is}`
  if (event === 'reminded') return `Still, after ${lasted}: ${who} ${is}`
  return event === 'resolved' ? endOf(incident, { lasted, unannounced }) : `${who} ${is}`
}

/** How it ended: that all is right again only if it is. */
function endOf(
  incident: Incident,
  { lasted, unannounced }: { lasted: string; unannounced: boolean },
): string {
  const who = subjectName(incident.subject)
  const { was, over, expired = 'which is now taken as given' } = words[incident.kind]
  const { resolveReason: reason } = incident
  if ((reason === null || reason === 'recovered') && !unannounced) return `${who} ${over}, after ${lasted}`
  const ends = {
    recovered: `and ${over}`,
    superseded: 'and is down now',
    gone: 'and is no longer watched',
    by_hand: 'until it was closed by hand',
    expired,
  }
  return `${who} ${was} for ${lasted}, ${ends[reason ?? 'recovered']}`
}

function textOf(event: NotificationEvent, { kind, firstBadAt, resolvedAt, evidence }: Incident): string {
  const times =
    event === 'resolved' && resolvedAt !== null
      ? `From ${utc(firstBadAt)} to ${utc(resolvedAt)}.`
      : `Since ${utc(firstBadAt)}.`
  return [...words[kind].why(evidence).filter((sentence) => sentence !== false), times].join('\n')
}

const lastingOf = (from: Date, to: Date): string => durationOf(to.getTime() - from.getTime())
