import { Writable } from 'node:stream'
import type { Streams } from '../../src/cli/streams.ts'
import type { Command, CommandParts } from '../../src/cli/command.ts'

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

const neverOpened = () => {
  throw new Error('opened')
}

/** What a command may be given by a test; what it is not given it must not open. */
type Given = Partial<Omit<CommandParts, 'streams'> & Streams>

/** Runs a command in this process to its end. */
export async function execute(
  command: Command,
  argv: string[],
  { stdout, stderr, ...given }: Given = {},
): Promise<Output['text'] & { code: number }> {
  const { streams: kept, text } = keepOutput()
  const streams = { stdout: stdout ?? kept.stdout, stderr: stderr ?? kept.stderr }
  const parts = { openApp: neverOpened, openDatabase: neverOpened, env: {}, streams, ...given }
  const code = await command.execute(argv, parts)
  return { code, ...text }
}
