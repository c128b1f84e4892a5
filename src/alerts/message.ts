import { type Notification, severities, type Severity } from '../core/incident.ts'

/** What one message says: one notification, or a digest of several. Plain text, without markup. */
export interface Message {
  /** Receivers know a repetition by it: that of the delivery, or one made of those of all its deliveries. */
  id: string
  at: Date
  /** Of the worst incident that it tells of. */
  severity: Severity
  /** Whether all that it tells of is over. */
  over: boolean
  /** Whether it is over because all is right again, and not only judged no more. */
  recovered: boolean
  title: string
  text: string
  link: string | null
  /** One, unless it is a digest. */
  notifications: readonly Notification[]
}

/** The message of one notification. */
export const messageOf = (notification: Notification): Message => ({
  id: notification.id,
  at: notification.at,
  severity: severityOf(notification),
  over: isOver(notification),
  recovered: notification.incident?.resolveReason === 'recovered',
  title: notification.title,
  text: notification.text,
  link: notification.link,
  notifications: [notification],
})

/** What of an end could not be told to another channel is over too. */
const isOver = ({ event, incident }: Notification): boolean =>
  event === 'resolved' || (event === 'undelivered' && incident !== null && incident.resolvedAt !== null)

/** A test is nothing bad, nor is a week. */
const severityOf = ({ incident }: Notification): Severity => incident?.severity ?? 'info'

/** What its link opens. */
export const linkTitle = ({ notifications: [first] }: Message): string =>
  first?.event === 'weekly' ? 'Open the dashboard' : 'Open the incident'

/** Puts the worst first. */
export const byWorst = (a: Severity, b: Severity): number => severities.indexOf(b) - severities.indexOf(a)

/** A sign that is seen before the title is read. */
export function markOf({
  severity,
  over,
  recovered,
}: Pick<Message, 'severity' | 'over' | 'recovered'>): string {
  if (over) return recovered ? '✅' : '⚪'
  return { info: '🔵', minor: '🟡', major: '🟠', critical: '🔴' }[severity]
}
