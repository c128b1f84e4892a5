import type { Logger } from 'pino'
import { getText } from './get-text.ts'
import { withoutKeys } from './redact.ts'

/** How long a ping may take, in ms. */
export const pingMs = 10_000

/** Tells a dead-man switch that a scheduled run went its way. A ping that fails is a warning in the log; nothing rejects. */
export type Ping = () => Promise<void>

/** What a ping is made with; `url` is null where nobody is to be told. */
export interface PingParts {
  url: string | null
  env: NodeJS.ProcessEnv
  log: Pick<Logger, 'warn'>
  timeoutMs?: number
}

/** Makes the ping of this installation: one GET. No message says where it goes: whoever knows the URL can ping. */
export function createPing({ url, env, log, timeoutMs = pingMs }: PingParts): Ping {
  if (url === null) return () => Promise.resolve()
  return async () => {
    const problem = await ping(new URL(url), { env, timeoutMs })
    if (problem !== null)
      log.warn({ kind: 'ping_failed' }, `HEALTH_PING_URL ${problem}; the run itself is recorded`)
  }
}

/** Why a ping was not taken, as the end of a sentence; null where it was. The body does not matter. */
async function ping(
  url: URL,
  { env, timeoutMs }: Required<Pick<PingParts, 'env' | 'timeoutMs'>>,
): Promise<string | null> {
  const answer = await getText(url, { env, timeoutMs, egress: 'trusted', headers: { accept: '*/*' } })
  const { status, problem } = { problem: '', ...answer }
  if (status === null)
    return withoutKeys(problem, [url.href, url.host, url.hostname, url.username, url.password])
  if (status >= 200 && status < 300) return null
  return `answered HTTP ${status}${status < 400 ? ', a redirect, which is not followed' : ''}`
}
