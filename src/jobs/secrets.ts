import type { ConfiguredProvider } from '../core/provider.ts'
import { trimmed } from '../core/trimmed.ts'
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

/** Every secret of an environment, whether it is used or not, and the keys of some providers; empty ones among them. */
export function secretsOf(
  env: Environment,
  called: readonly Pick<ConfiguredProvider, 'key'>[] = [],
): (string | null)[] {
  const url = trimmed(env['DATABASE_URL'] ?? '')
  const parsed = parseDatabaseUrl(url)
  const password = 'url' in parsed ? new URL(parsed.url).password : ''
  const known = secretNames.map((name) => trimmed(env[name] ?? ''))
  return [...known, url, password, unescaped(password), ...called.map(({ key }) => key)]
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
