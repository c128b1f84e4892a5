import { arch, cpus, platform } from 'node:os'
import type { MadeWith } from '../core/plan.ts'
import type { ConfiguredProvider } from '../core/provider.ts'
import { version } from '../core/version.ts'
import { redact } from '../net/redact.ts'

/** What makes a run here: the command line if it is one, without any of the keys, as a shell takes it. */
export function madeWith(
  command: readonly string[] | null,
  configured: readonly Pick<ConfiguredProvider, 'key'>[],
): MadeWith {
  const [cpu] = cpus()
  const keys = configured.map(({ key }) => key)
  return {
    command: command === null ? null : redact(command.map(quoted).join(' '), keys),
    version,
    node: process.version,
    machine: `${platform()} ${arch()}, ${cpus().length} × ${cpu?.model.trim() ?? 'unknown'}`,
  }
}

/** A word as a POSIX shell takes it. */
const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
