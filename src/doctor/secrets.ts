import type { Check } from '../core/check.ts'
import { secretsOf } from '../jobs/secrets.ts'
import { withoutKeys } from '../net/redact.ts'
import type { Environment } from '../registry/configure.ts'

/** The check without any secret of the environment, whoever put it into a message. */
export function withoutSecrets(check: Check, env: Environment): Check {
  const secrets = secretsOf(env)
  const clean = (text: string) => withoutKeys(text, secrets)
  return { ...check, message: clean(check.message), todo: check.todo === null ? null : clean(check.todo) }
}
