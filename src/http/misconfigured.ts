import { hasSecret } from './auth.ts'
import { unreachableReason, healthResponse } from './health.ts'
import { healthPath } from './cron.ts'
import { problem } from './problem.ts'

/** An environment that cannot be used. */
interface Misconfiguration {
  problems: readonly string[]
  cronSecret: string | null
  /** Where the log goes. */
  log: NodeJS.WritableStream
  now: Date
}

/**
 * Answers any request in an environment that cannot be used. Only the log and requests with the secret learn
 * which variable it is.
 */
export function answerMisconfigured(
  request: Request,
  { problems, cronSecret, log, now }: Misconfiguration,
): Response {
  const details = problems.join('; ')
  log.write(`${JSON.stringify({ level: 50, app: 'firsttoken', kind: 'bad_configuration', msg: details })}\n`)
  if (new URL(request.url).pathname === healthPath) {
    const isStore = problems.some((text) => /^(DATABASE|SUPABASE)_URL:/.test(text))
    const reason = isStore ? unreachableReason : 'bad configuration'
    return healthResponse({ reason, intervalMs: null, checkedAt: now })
  }
  return problem(
    500,
    'bad_configuration',
    hasSecret(request, cronSecret)
      ? details
      : 'an environment variable or firsttoken.yaml cannot be used: the log says which',
  )
}
