import { Writable } from 'node:stream'
import type { Streams } from '../../src/cli/app.ts'

/** The captured output of a command. */
export interface Output {
  streams: Streams
  text: { stdout: string; stderr: string }
}

/** Streams that capture what a command writes. */
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

/** A stream whose second write fails with this error code. */
export const failingStream = (code: string): NodeJS.WriteStream => {
  let writes = 0
  return new Writable({
    write: (_chunk, _encoding, done) =>
      done((writes += 1) > 1 ? Object.assign(new Error(`write ${code}`), { code }) : null),
  }) as NodeJS.WriteStream
}
