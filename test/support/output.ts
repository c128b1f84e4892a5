import { Writable } from 'node:stream'
import type { Streams } from '../../src/cli/app.ts'

/** What a command writes. */
export interface Output {
  streams: Streams
  text: { stdout: string; stderr: string }
}

/** Streams of a command that keep what was written. */
export function keepOutput(): Output {
  const text = { stdout: '', stderr: '' }
  const stream = (name: keyof typeof text) =>
    new Writable({
      decodeStrings: false,
      write: (chunk: string, _encoding, done) => {
        text[name] += chunk
        done()
      },
    }) as NodeJS.WriteStream
  return { text, streams: { stdout: stream('stdout'), stderr: stream('stderr') } }
}

/** A stream that fails so at its second write. */
export const failingStream = (code: string): NodeJS.WriteStream => {
  let writes = 0
  return new Writable({
    write: (_chunk, _encoding, done) =>
      done((writes += 1) > 1 ? Object.assign(new Error(`write ${code}`), { code }) : null),
  }) as NodeJS.WriteStream
}
