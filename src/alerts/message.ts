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
  over: notification.event === 'resolved',
  title: notification.title,
  text: notification.text,
  link: notification.link,
  notifications: [notification],
})

/** A test is nothing bad. */
const severityOf = ({ incident }: Notification): Severity => incident?.severity ?? 'info'

/** Puts the worst first. */
export const byWorst = (a: Severity, b: Severity): number => severities.indexOf(b) - severities.indexOf(a)

/** A sign that is seen before the title is read. */
export function markOf({ severity, over }: Pick<Message, 'severity' | 'over'>): string {
  return over ? '✅' : { info: '🔵', minor: '🟡', major: '🟠', critical: '🔴' }[severity]
}
