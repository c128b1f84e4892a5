import { fit } from './fit.ts'
import { markOf, type Message } from './message.ts'
import type { Mail } from '../net/send-mail.ts'
import { weekHtml } from './week-html.ts'

/** An email in plain text; a week is HTML too. */
export function email(message: Message, { server, from, to }: Pick<Mail, 'server' | 'from' | 'to'>): Mail {
  const { id, title, text, link, notifications } = message
  const [first, ...others] = notifications
  const domain = domainOf(from)
  const thread = (others.length === 0 && first?.incident?.id) || id
  return {
    server,
    from,
    to,
    // Longer ones are cut by programs that show them; RFC 5322 allows 998 in a line.
    subject: fit(`${markOf(message)} ${title}`, { most: 200 }),
    text: link === null ? text : `${text}\n\n${link}`,
    ...(first?.week && { html: weekHtml(first.week, link) }),
    messageId: `<${id}@${domain}>`,
    thread: `<${thread}@${domain}>`,
  }
}

/** The domain of an address such as `firsttoken <alerts@example.com>`: that of its last @. */
const domainOf = (address: string): string => /@([\w.-]+)>?$/.exec(address)?.[1] ?? 'localhost'
