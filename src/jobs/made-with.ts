import { arch, cpus, platform } from 'node:os'
import type { MadeWith } from '../core/plan.ts'
import { version } from '../core/version.ts'
import { redact, withoutKeys } from '../net/redact.ts'

/** What makes a run here: the command line if it is one, without any of the secrets, as a shell takes it. */
export function madeWith(command: readonly string[] | null, secrets: Secrets): MadeWith {
  const [cpu] = cpus()
  return {
    command: command === null ? null : withoutSecrets(command, secrets),
    version,
    node: process.version,
    machine: `${platform()} ${arch()}, ${cpus().length} × ${cpu?.model.trim() ?? 'unknown'}`,
  }
}

type Secrets = readonly (string | null)[]

/** Each word before it is quoted, which would write a quote in a secret in another way. */
const withoutSecrets = (command: readonly string[], secrets: Secrets): string =>
  redact(command.map((word) => quoted(withoutKeys(word, secrets))).join(' '), secrets)

/** A word as a POSIX shell takes it. */
const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
