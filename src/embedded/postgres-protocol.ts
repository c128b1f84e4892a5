/**
 * A message from a Postgres client. The first ones of a connection have no type byte and are named after
 * their code.
 */
export interface FrontendMessage {
  /** `startup`, `encryption` or `cancel` until the start-up, then the protocol's letter. */
  type: string
  bytes: Buffer
}

/** The client does not speak the protocol; nothing it sends afterwards can be understood. */
export class ProtocolError extends Error {
  override name = 'ProtocolError' as const
}

/** Codes in the place of the version: https://www.postgresql.org/docs/18/protocol-message-formats.html */
const cancelCode = 80877102
const encryptionCodes = [80877103, 80877104]
const protocolMajor = 3

/** More than any of our statements has; a larger length means that the client speaks something else. */
const maxMessageBytes = 256 * 1024 * 1024

/** Splits the byte stream of a client into messages. */
export class MessageReader {
  #chunks: Buffer[] = []
  #size = 0
  #needed = 0
  #started = false

  /** The messages that these bytes complete. Throws ProtocolError. */
  read(chunk: Buffer): FrontendMessage[] {
    this.#chunks.push(chunk)
    this.#size += chunk.length
    if (this.#size < this.#needed) return []
    const messages: FrontendMessage[] = []
    let rest = Buffer.concat(this.#chunks)
    for (;;) {
      this.#needed = this.#lengthOf(rest)
      if (rest.length < this.#needed) break
      messages.push(this.#take(rest.subarray(0, this.#needed)))
      rest = rest.subarray(this.#needed)
    }
    this.#chunks = [rest]
    this.#size = rest.length
    return messages
  }

  /** Length in bytes of the message at the front, or of the part that tells it. */
  #lengthOf(bytes: Buffer): number {
    const typeBytes = this.#started ? 1 : 0
    const least = this.#started ? 4 : 8
    if (bytes.length < typeBytes + 4) return typeBytes + least
    const length = bytes.readInt32BE(typeBytes)
    if (length < least || length > maxMessageBytes) {
      throw new ProtocolError(`a message cannot be ${length} bytes long`)
    }
    return typeBytes + length
  }

  #take(bytes: Buffer): FrontendMessage {
    if (this.#started) return { type: String.fromCharCode(bytes[0] ?? 0), bytes }
    const code = bytes.readInt32BE(4)
    if (code === cancelCode) return { type: 'cancel', bytes }
    if (encryptionCodes.includes(code)) return { type: 'encryption', bytes }
    if (code >> 16 !== protocolMajor) throw new ProtocolError(`unknown protocol version ${code >> 16}`)
    this.#started = true
    return { type: 'startup', bytes }
  }
}

/** A message with these parts, each terminated by a zero byte. */
function message(type: string, parts: readonly string[]): Buffer {
  const body = Buffer.from(parts.map((part) => `${part}\0`).join(''))
  const head = Buffer.alloc(5)
  head.write(type)
  head.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}

/** A simple query. */
export const queryMessage = (sql: string): Buffer => message('Q', [sql])

/** An ErrorResponse after which the server closes the connection. */
export const errorMessage = (code: string, text: string): Buffer =>
  message('E', ['SFATAL', 'VFATAL', `C${code}`, `M${text}`, ''])

/** Sync: ends a sequence of extended messages, after an error too. */
export const syncMessage = (): Buffer => message('S', [])

/** The start-up packet of the superuser for the only database. */
export function startupMessage(): Buffer {
  const body = Buffer.from('user\0postgres\0database\0postgres\0\0')
  const head = Buffer.alloc(8)
  head.writeInt32BE(body.length + 8)
  head.writeInt32BE(protocolMajor << 16, 4)
  return Buffer.concat([head, body])
}
