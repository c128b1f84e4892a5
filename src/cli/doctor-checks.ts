import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { messageOf } from '../core/error.ts'
import type { Check } from '../core/check.ts'
import type { ConfiguredProvider } from '../core/provider.ts'
import { configuredProviders, type Environment } from '../registry/configure.ts'
import { noProviderKey } from '../jobs/refusal.ts'
import { countSpool } from '../store/spool.ts'
import { fetchListing, type Listing } from '../sync/fetch-listing.ts'
import type { App } from '../jobs/app.ts'

/** A part that is as it should be. */
export const ok = (name: string, message: string): Check => ({ name, state: 'ok', message, todo: null })
/** A part that works, and could be better. */
export const warn = (name: string, message: string, todo: string | null): Check => ({
  name,
  state: 'warn',
  message,
  todo,
})
/** A part that does not work. */
export const fail = (name: string, message: string, todo: string | null): Check => ({
  name,
  state: 'fail',
  message,
  todo,
})

/** The environment: every variable that cannot be used. */
export const environmentChecks = (problems: readonly string[]): Check[] =>
  problems.length === 0
    ? [ok('environment', 'every variable that is set can be used')]
    : problems.map((text) =>
        fail('environment', text, 'repair it and look again: what follows from it was not checked'),
      )

/** The Node that everything is made for. */
const node = 24

/** The version of Node, such as `v24.1.0`. */
export function nodeCheck(version: string): Check {
  const major = Number(/^v?(\d+)/.exec(version)?.[1])
  if (major === node) return ok('node', version)
  const todo = `use Node ${node}: commands started with npx --yes pnpm@10 tsx bring it along`
  return major > node
    ? warn('node', `${version} is newer than what this is tested with`, todo)
    : fail('node', `${version} is too old`, todo)
}

/** Who is called, and who is not although something was set for them. */
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

/** Whether the folder of the log can be written: asked by writing there. */
export function logCheck(dir: string | null): Check {
  if (dir === null) return ok('log', 'entries go to stdout')
  const file = join(dir, `.doctor-${process.pid}`)
  try {
    mkdirSync(dir, { recursive: true })
    writeFileSync(file, '')
    rmSync(file)
    return ok('log', `${dir} can be written`)
  } catch (error) {
    const reason = messageOf(error)
    return fail(
      'log',
      `${dir} cannot be written (${reason})`,
      'set LOG_DIR to a folder that can, or repair its rights',
    )
  }
}

/** What waits for the database on this disk. */
export function spoolChecks(dir: string | null): Check[] {
  if (dir === null) return []
  try {
    const { waiting, rejected } = countSpool(dir)
    const waits =
      waiting === 0
        ? ok('spool', 'nothing waits for the database')
        : warn(
            'spool',
            `${waiting} files in ${dir} wait to be recorded`,
            'run pnpm tsx scripts/replay-spool.ts, which says why where it cannot',
          )
    if (rejected === 0) return [waits]
    return [
      waits,
      warn(
        'spool',
        `${rejected} files in ${dir} hold calls that were refused`,
        'look at the .rejected files, and remove them',
      ),
    ]
  } catch (error) {
    const reason = messageOf(error)
    return [
      fail('spool', `${dir} cannot be read (${reason})`, 'make it a folder that can be read and written'),
    ]
  }
}

/** Whether the cron endpoints let anybody in; off Vercel nobody serves them. */
export function secretChecks({
  onVercel,
  cronSecret,
}: Pick<App, 'cronSecret'> & Pick<App['config'], 'onVercel'>): Check[] {
  if (!onVercel) return []
  if (cronSecret !== null) return [ok('cron secret', 'CRON_SECRET is set')]
  const todo = 'set it in the project settings (openssl rand -hex 32) and deploy again'
  return [fail('cron secret', 'CRON_SECRET is not set: the cron endpoints let nobody in', todo)]
}

/** How long a provider may take to answer, in ms. */
const keyTimeoutMs = 10_000

/** One authenticated call to every configured provider: its listing. */
export function keyChecks(env: Environment, at: Date): Promise<Check[]> {
  const { providers } = configuredProviders(env)
  return Promise.all(
    providers.map(async (provider) =>
      keyCheck(provider, await fetchListing(provider, { env, egressAllow: [], at, timeoutMs: keyTimeoutMs })),
    ),
  )
}

/** Answers that say nothing of the key: there is no listing, we ask too often, or the provider has troubles of its own. */
const saysNothing = (status: number) => status < 400 || [404, 405, 408, 429].includes(status) || status >= 500

function keyCheck({ entry, baseUrl }: ConfiguredProvider, listing: Listing): Check {
  const name = `key ${entry.id}`
  if ('models' in listing) {
    const count = listing.models.length
    return ok(name, `ok: ${count} ${count === 1 ? 'model' : 'models'} listed`)
  }
  const { status, problem } = listing
  if (status === null)
    return fail(
      name,
      `unreachable: ${problem}`,
      `is ${entry.baseUrlName} right (${baseUrl})? the network? a proxy?`,
    )
  if (saysNothing(status))
    return warn(name, `unreachable: ${problem}`, 'the key could not be tried; a run will show')
  return fail(name, `refused: ${problem}`, `check ${entry.keyNames.join(' or ')}`)
}
