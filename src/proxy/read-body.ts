import type { IncomingMessage } from 'node:http'

/** Whether a request says that its body is larger than this. */
export const isDeclaredLarger = ({ headers }: Pick<IncomingMessage, 'headers'>, most: number): boolean =>
  Number(headers['content-length'] ?? 0) > most

/** The body of a request; `too_large`, with the rest still to come; or `left`: the client ended it. */
export function readBody(request: IncomingMessage, most: number): Promise<Buffer | 'too_large' | 'left'> {
  if (request.destroyed) return Promise.resolve('left')
  if (isDeclaredLarger(request, most)) return Promise.resolve('too_large')
  // A short one comes with its headers, and need not be waited for.
  if (request.complete && request.readableLength <= most)
    return Promise.resolve((request.read() as Buffer | null) ?? Buffer.alloc(0))
  const length = Number(request.headers['content-length'])
  const { promise, resolve } = Promise.withResolvers<Buffer | 'too_large' | 'left'>()
  const parts: Buffer[] = []
  let size = 0
  const take = (part: Buffer) => {
    size += part.length
    if (size > most) return finish('too_large')
    parts.push(part)
    // Node tells the end some turns later.
    if (size === length) whole()
  }
  const finish = (body: Buffer | 'too_large' | 'left') => {
    request.off('data', take)
    resolve(body)
  }
  const whole = () => finish(parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts))
  request
    .on('data', take)
    .once('end', whole)
    .once('close', () => finish('left'))
    .on('error', () => finish('left'))
  return promise
}
