import { splitStatements } from '../store/sql-text.ts'

/** A LISTEN or UNLISTEN of one channel, or an UNLISTEN of all: `channel` is null. */
export interface Change {
  listens: boolean
  channel: string | null
}

/** A NotificationResponse, as the backend wrote it. */
export interface Notification {
  channel: string
  bytes: Buffer
}

/** The backend's output: what answers the client, and what is for whoever listens. */
interface Output {
  answer: Buffer
  notifications: Notification[]
  /** The tags of the statements that were completed, such as `LISTEN`. */
  tags: string[]
  failed: boolean
}

/** Splits complete backend messages. https://www.postgresql.org/docs/18/protocol-message-formats.html */
export function readOutput(bytes: Buffer): Output {
  const output = { notifications: [] as Notification[], tags: [] as string[], failed: false }
  const answer: Buffer[] = []
  let kept = 0
  for (let at = 0; at + 5 <= bytes.length;) {
    const end = at + 1 + bytes.readInt32BE(at + 1)
    const type = String.fromCharCode(bytes[at] ?? 0)
    if (type === 'C') output.tags.push(textAt(bytes, at + 5))
    else if (type === 'E') output.failed = true
    else if (type === 'A') {
      // After the length and the process that notified.
      output.notifications.push({ channel: textAt(bytes, at + 9), bytes: bytes.subarray(at, end) })
      answer.push(bytes.subarray(kept, at))
      kept = end
    }
    at = end
  }
  answer.push(bytes.subarray(kept))
  return { ...output, answer: Buffer.concat(answer) }
}

const textAt = (bytes: Buffer, start: number) => bytes.toString('utf8', start, bytes.indexOf(0, start))

/** Whether messages of a client may listen, or stop to. */
export const mayListen = (bytes: Buffer): boolean => /listen|discard\s+all/i.test(bytes.toString('latin1'))

/** What the statements of a text listen to, in order. */
export const changesIn = (text: string): Change[] =>
  splitStatements(text).flatMap((statement) => {
    const code = statement.text.replace(/^(?:\s+|--[^\n]*\n|\/\*[\s\S]*?\*\/)*/, '')
    if (/^(?:unlisten\s*\*|discard\s+all\b)/i.test(code)) return { listens: false, channel: null }
    const [, verb, name] =
      /^(listen|unlisten)\b\s*("(?:[^"]|"")+"|[\p{L}_][\p{L}\p{N}_$]*)/iu.exec(code) ?? []
    return name === undefined ? [] : { listens: verb?.toLowerCase() === 'listen', channel: channelOf(name) }
  })

/** A name as Postgres keeps it: at most 63 bytes, in lower case unless it is quoted. */
function channelOf(name: string): string {
  const plain = name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name.toLowerCase()
  return Buffer.from(plain).toString('utf8', 0, 63)
}

/** Which client listens to which channels of the session that all clients share. */
export class Listeners<Client> {
  readonly #channels = new Map<Client, Set<string>>()

  change(client: Client, changes: readonly Change[]): void {
    const channels = this.#channels.get(client) ?? new Set()
    for (const { listens, channel } of changes) {
      if (channel === null) channels.clear()
      else if (listens) channels.add(channel)
      else channels.delete(channel)
    }
    if (channels.size > 0) this.#channels.set(client, channels)
    else this.#channels.delete(client)
  }

  /** Whether the client listened to anything. */
  forget(client: Client): boolean {
    return this.#channels.delete(client)
  }

  /** The clients that listen to a channel. */
  of(channel: string): Client[] {
    return [...this.#channels].filter(([, channels]) => channels.has(channel)).map(([client]) => client)
  }

  /** Makes the shared session listen to what any client does, and to nothing else. */
  statement(): string {
    const all = new Set([...this.#channels.values()].flatMap((channels) => [...channels]))
    return ['unlisten *', ...[...all].map((name) => `listen "${name.replaceAll('"', '""')}"`)].join('; ')
  }
}
