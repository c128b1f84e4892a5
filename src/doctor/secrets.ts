import { trimmed } from '../core/trimmed.ts'
import type { Check } from '../core/check.ts'
import { withoutKeys } from '../net/redact.ts'
import type { Environment } from '../registry/configure.ts'
import { providers } from '../registry/providers.ts'
import { parseDatabaseUrl } from '../store/database-url.ts'

/** The environment variables that hold a secret. */
const secretNames = [
  'LLM_API_KEY',
  'SUPABASE_SERVICE_ROLE',
  'SUPABASE_SECRET_KEY',
  'SUPABASE_SERVICE_ROLE_KEY',
  'CRON_SECRET',
  'ADMIN_TOKEN',
  'READ_TOKEN',
  'HEALTH_PING_URL',
  ...providers.flatMap(({ keyNames }) => keyNames),
]

/** The check without any secret of the environment, whoever put it into a message. */
export function withoutSecrets(check: Check, env: Environment): Check {
  const url = trimmed(env['DATABASE_URL'] ?? '')
  const parsed = parseDatabaseUrl(url)
  const password = 'url' in parsed ? new URL(parsed.url).password : ''
  const secrets = [...secretNames.map((name) => trimmed(env[name] ?? '')), url, password, unescaped(password)]
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
