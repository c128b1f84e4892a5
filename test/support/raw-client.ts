import { connect } from 'node:net'

/** A client that writes its requests by hand, and all that it was told so far. */
export function dial(port: number) {
  const client = connect(port, '127.0.0.1')
  const told = { text: '' }
  client.on('error', () => undefined).on('data', (bytes: Buffer) => (told.text += bytes.toString()))
  return { client, told }
}

/** The head of a request for a completion whose body has so many bytes, with more header lines. */
export const headOf = (length: number, ...more: string[]): string =>
  [
    'POST /v1/chat/completions HTTP/1.1',
    'host: here',
    'content-type: application/json',
    `content-length: ${length}`,
    ...more,
    '',
    '',
  ].join('\r\n')
