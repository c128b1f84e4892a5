import type { Incident, Notification, NotificationEvent } from '../core/incident.ts'
import type { Delivery } from './delivery-store.ts'
import { named, words } from './incident-words.ts'
import { durationOf, utc } from './moments.ts'

/** The notification that a delivery is of. */
export function describe(
  { id, event, at, incident, unannounced }: Omit<Delivery, 'channel'>,
  linkOf: (incidentId: string) => string | null,
): Notification {
  if (incident === null)
    return { id, event, at, incident, title: testTitle, text: 'This channel works.', link: null }
  return {
    id,
    event,
    at,
    incident,
    title: titleOf(event, incident, { at, unannounced }),
    text: textOf(event, incident),
    link: linkOf(incident.id),
  }
}

/** An incident as it is now: what is or was wrong with what, in one line; why, in numbers. */
export function incidentText(incident: Incident): { title: string; text: string } {
  const { kind, firstBadAt, resolvedAt } = incident
  if (resolvedAt === null)
    return { title: titleOf('opened', incident, soFar), text: textOf('opened', incident) }
  const title = `${whoOf(incident)} ${words[kind].was} for ${lastingOf(firstBadAt, resolvedAt)}`
  return { title, text: textOf('resolved', incident) }
}
const soFar = { at: new Date(0), unannounced: false }

const testTitle = 'A test of firsttoken'

function titleOf(
  event: NotificationEvent,
  incident: Incident,
  { at, unannounced }: Pick<Delivery, 'at' | 'unannounced'>,
): string {
  const who = whoOf(incident)
  const { is, was, over } = words[incident.kind]
  const lasted = lastingOf(incident.firstBadAt, incident.resolvedAt ?? at)
  if (event === 'worsened') return `Worse: ${who} ${is}`
  if (event === 'reminded') return `Still, after ${lasted}: ${who} ${is}`
  if (event !== 'resolved') return `${who} ${is}`
  if (incident.resolveReason === 'gone') return `${who} ${was} for ${lasted}, and is no longer watched`
  if (incident.resolveReason === 'by_hand') return `${who} ${was} for ${lasted}, until it was closed by hand`
  if (incident.resolveReason === 'expired') return `${who} ${was} for ${lasted}, which is now taken as given`
  return unannounced ? `${who} ${was} for ${lasted}, and ${over}` : `${who} ${over}, after ${lasted}`
}

function textOf(event: NotificationEvent, { kind, firstBadAt, resolvedAt, evidence }: Incident): string {
  const times =
    event === 'resolved' && resolvedAt !== null
      ? `From ${utc(firstBadAt)} to ${utc(resolvedAt)}.`
      : `Since ${utc(firstBadAt)}.`
  return [...words[kind].why(evidence).filter((sentence) => sentence !== false), times].join('\n')
}

/** What an incident is about: `gpt-5 at openai`. */
function whoOf({ subject: { provider, model, region } }: Incident): string {
  const place = region === null || region === 'local' ? '' : ` from ${named(region)}`
  if (provider === null) return 'firsttoken'
  return (model === null ? named(provider) : `${named(model)} at ${named(provider)}`) + place
}

const lastingOf = (from: Date, to: Date): string => durationOf(to.getTime() - from.getTime())
