import { z } from 'zod'
import type { Check } from '../core/check.ts'
import { systemClock } from '../core/clock.ts'
import { withoutKeys } from '../net/redact.ts'
import type { Environment } from '../registry/configure.ts'
import { providers as known } from '../registry/providers.ts'
import { painter } from '../report/console.ts'
import { checkLine, checksEnding } from '../report/doctor.ts'
import type { App } from '../jobs/app.ts'
import { exitCode } from './exit-code.ts'
import { type CommandParts, defineCommand } from './command.ts'
import {
  environmentChecks,
  keyChecks,
  logCheck,
  spoolChecks,
  nodeCheck,
  providerChecks,
  secretChecks,
} from './doctor-checks.ts'
import { storeChecks } from './doctor-store.ts'
import { yes } from './flags.ts'

const help = `Check the whole installation, and say what to do about what is wrong.

Usage: pnpm tsx scripts/doctor.ts [options]

  --keys      also call every configured provider once, for its list of models: is the key taken?
  --json      one JSON document {ok, checks: [{name, state, message, todo}]} on stdout, nothing else
  --help      this text

Looked at, a line each: the environment, Node, providers, the log folder, the store, its migrations, its clock against ours,
the schedule, and on Vercel the cron secret. No provider is called without --keys. No key or password is printed. The embedded
database is made and brought up to date by being opened.

Exit codes: 0 nothing failed (warnings may be there), 1 something failed, 2 bad usage.
`

/** `doctor`: looks at every part of the installation. */
export const doctor = defineCommand({
  name: 'doctor',
  help,
  flags: z.object({ keys: yes, json: yes }),
  needs: 'nothing',
  run: async ({ keys, json }, { streams: { stdout }, ...parts }) => {
    const paint = painter(!json && stdout.isTTY && stdout.hasColors())
    const checks: Check[] = []
    for await (const found of examine(parts, keys)) {
      const check = withoutSecrets(found, parts.env)
      checks.push(check)
      if (!json) stdout.write(`${checkLine(check, paint)}\n`)
    }
    const healthy = checks.every(({ state }) => state !== 'fail')
    const document = { ok: healthy, checks }
    stdout.write(json ? `${JSON.stringify(document, null, 2)}\n` : `\n${checksEnding(checks)}\n`)
    return healthy ? exitCode.ok : exitCode.allFailed
  },
})

/** Every check, as it is made. Where the environment cannot be used, those that need the app are left out. */
async function* examine(
  { openApp, env }: Pick<CommandParts, 'openApp' | 'env'>,
  keys: boolean,
): AsyncGenerator<Check> {
  const app = openApp()
  yield* environmentChecks('problems' in app ? app.problems : [])
  yield nodeCheck(process.version)
  yield* providerChecks(env, 'problems' in app || app.store.embedded)
  if (!('problems' in app)) yield* appChecks(app)
  if (keys) yield* await keyChecks(env, systemClock.date())
}

async function* appChecks(app: App): AsyncGenerator<Check> {
  yield logCheck(app.config.logDir)
  yield* spoolChecks(app.spool?.dir ?? null)
  yield* storeChecks({ ...app, ...app.config })
  yield* secretChecks({ ...app, ...app.config })
}

/** Variables that hold a secret, beside the keys of providers. */
const secretNames = [
  'LLM_API_KEY',
  'SUPABASE_SERVICE_ROLE',
  'SUPABASE_SECRET_KEY',
  'SUPABASE_SERVICE_ROLE_KEY',
  'CRON_SECRET',
  'HEALTH_PING_URL',
  ...known.flatMap(({ keyNames }) => keyNames),
]

/** The check without anything secret of the environment, whoever put it into a message. */
function withoutSecrets(check: Check, env: Environment): Check {
  const url = env['DATABASE_URL']?.trim() ?? ''
  const password = URL.canParse(url) ? new URL(url).password : ''
  const secrets = [...secretNames.map((name) => env[name]?.trim() ?? ''), url, password, unescaped(password)]
  const clean = (text: string) => withoutKeys(text, secrets)
  return { ...check, message: clean(check.message), todo: check.todo === null ? null : clean(check.todo) }
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
