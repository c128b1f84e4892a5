import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Check } from '../core/check.ts'
import { configuredProviders, type Environment } from '../registry/configure.ts'
import { noProviderKey } from '../jobs/refusal.ts'
import { messageOf } from '../core/error.ts'
import { makeFolder } from '../store/make-folder.ts'
import { countSpool } from '../store/spool.ts'
import { fail, ok, warn } from './check.ts'
import type { InspectedInstallation } from './parts.ts'

/** Every invalid environment variable. */
export const environmentChecks = (problems: readonly string[]): Check[] =>
  problems.length === 0
    ? [ok('environment', 'every variable that is set can be used')]
    : problems.map((text) =>
        fail('environment', text, 'fix it and run doctor again: what depends on it was not checked'),
      )

/** The major version of Node that is supported. */
const node = 24

/** Whether a version of Node, such as `v24.1.0`, is supported. */
export function nodeCheck(version: string): Check {
  const major = Number(/^v?(\d+)/.exec(version)?.[1])
  if (major === node) return ok('node', version)
  const todo = `use Node ${node}: npx --yes pnpm@10 tsx brings its own`
  return major > node
    ? warn('node', `${version} is newer than what this is tested with`, todo)
    : fail('node', `${version} is too old`, todo)
}

/** The configured and the misconfigured providers. */
export function providerChecks(env: Environment, embedded: boolean): Check[] {
  const { providers, problems } = configuredProviders(env)
  const names = providers.map(({ entry }) => entry.name)
  const wrong = problems.map(({ provider, message }) =>
    fail('providers', `${provider.name}: ${message}`, null),
  )
  if (names.length > 0) return [ok('providers', `${names.length} configured: ${names.join(', ')}`), ...wrong]
  const [problem = '', todo = null] = noProviderKey.message.split(': ')
  if (wrong.length > 0) return wrong
  return embedded
    ? [warn('providers', `${problem}, so the synthetic one is called`, todo)]
    : [fail('providers', problem, todo)]
}

/** Whether the log folder is writable, tested by writing to it. */
export function logCheck(dir: string | null): Check {
  if (dir === null) return ok('log', 'entries go to stdout')
  const file = join(dir, `.doctor-${process.pid}`)
  try {
    makeFolder(dir)
    writeFileSync(file, '')
    rmSync(file)
    return ok('log', `${dir} can be written`)
  } catch (error) {
    return fail(
      'log',
      `${dir} cannot be written (${messageOf(error)})`,
      'set LOG_DIR to a writable folder, or fix its permissions',
    )
  }
}

/** What waits on this disk to be recorded. */
export function spoolChecks(dir: string | null): Check[] {
  if (dir === null) return []
  try {
    const { waiting, rejected, firstRejected } = countSpool(dir)
    const waits =
      waiting === 0
        ? ok('spool', 'nothing waits for the database')
        : warn(
            'spool',
            `${waiting} files in ${dir} wait to be recorded`,
            'run pnpm tsx scripts/replay-spool.ts, which says why if it fails',
          )
    if (firstRejected === null) return [waits]
    return [
      waits,
      warn(
        'spool',
        `${rejected} files in ${dir} hold calls that the database will never take as they are, ` +
          `first ${firstRejected.file} (${firstRejected.reason})`,
        'report it; after an update rename the file to end with .ndjson, so that it is tried again, or delete it',
      ),
    ]
  } catch (error) {
    return [
      fail(
        'spool',
        `${dir} cannot be read (${messageOf(error)})`,
        'make it a folder that can be read and written',
      ),
    ]
  }
}

/** Whether the cron endpoints are open to our cron; off Vercel nothing serves them. */
export function secretChecks({
  onVercel,
  cronSecret,
}: Pick<InspectedInstallation, 'onVercel' | 'cronSecret'>): Check[] {
  if (!onVercel) return []
  if (cronSecret !== null) return [ok('cron secret', 'CRON_SECRET is set')]
  const todo = 'set it in the project settings (openssl rand -hex 32) and deploy again'
  return [fail('cron secret', 'CRON_SECRET is not set: the cron endpoints let nobody in', todo)]
}
