import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Real provider streams and error bodies; they are not part of the repository. */
const root = process.env['RECORDINGS'] ?? join(import.meta.dirname, '../../../shared/recordings')

/** A recorded body with its name. */
export interface Recorded {
  name: string
  bytes: Buffer
}

const listed = (folder: string, end: string): string[] =>
  existsSync(join(root, folder))
    ? readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((path) => path.endsWith(end))
        .toSorted()
    : []

/** Every recorded stream; none if there are no recordings here. */
export const recordedStreams = (): Recorded[] =>
  listed('streams', '.sse').map((name) => ({ name, bytes: readFileSync(join(root, 'streams', name)) }))

/** A recorded error with its status. */
export interface RecordedError extends Recorded {
  status: number
}

/** Every recorded body of an error that is JSON. */
export const recordedErrors = (): RecordedError[] =>
  listed('errors', '.body.json').map((name) => {
    const meta = JSON.parse(
      readFileSync(join(root, 'errors', name.replace('.body.json', '.meta.json')), 'utf8'),
    ) as { response: { status: number } }
    return { name, bytes: readFileSync(join(root, 'errors', name)), status: meta.response.status }
  })

/** A stream without the events that have usage and no choice, found by whole events instead of by bytes. */
export function withoutUsage(stream: Buffer): Buffer {
  const events = stream.toString('latin1').split(/(?<=\n\n)/)
  const isUsage = (event: string): boolean => {
    const line = event.split('\n').find((each) => each.startsWith('data:'))
    try {
      const body = JSON.parse(line?.slice(5) ?? '') as { choices?: unknown[]; usage?: object | null }
      return body.choices?.length === 0 && typeof body.usage === 'object' && body.usage !== null
    } catch {
      return false
    }
  }
  return Buffer.from(events.filter((event) => !isUsage(event)).join(''), 'latin1')
}
