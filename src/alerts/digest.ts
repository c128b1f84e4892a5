import { createHash } from 'node:crypto'
import type { Notification } from '../core/incident.ts'
import { byWorst, markOf, type Message, messageOf } from './message.ts'

/** Lines of a digest; a channel may show fewer. */
const mostLines = 50

/** One message that tells of several notifications, the worst first; of one, it is that one's own. */
export function digestOf(notifications: readonly [Notification, ...Notification[]], at: Date): Message {
  const messages = notifications
    .map(messageOf)
    .toSorted((a, b) => Number(a.over) - Number(b.over) || byWorst(a.severity, b.severity))
  const [worst, ...others] = messages as [Message, ...Message[]]
  if (others.length === 0) return worst
  const lines = messages.map((message) => `${markOf(message)} ${message.title}`)
  const left = lines.length - mostLines
  return {
    id: idOf(notifications),
    at,
    severity: worst.severity,
    over: worst.over,
    recovered: worst.recovered,
    title: `${messages.length} notices, the worst: ${worst.title}`,
    text: [...lines.slice(0, mostLines), ...(left > 0 ? [`and ${left} more`] : [])].join('\n'),
    link: worst.link,
    notifications: messages.flatMap((message) => message.notifications),
  }
}

/** A UUID (version 8, RFC 9562) of these deliveries and no others: a repeated digest has it again. */
function idOf(notifications: readonly Notification[]): string {
  const ids = notifications.map(({ id }) => id).toSorted()
  const hex = createHash('sha256').update(ids.join(' ')).digest('hex')
  const variant = ((parseInt(hex.slice(16, 18), 16) & 0x3f) | 0x80).toString(16)
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    variant + hex.slice(18, 20),
    hex.slice(20, 32),
  ].join('-')
}
