import type { Logger } from 'pino'
import { getText } from './get-text.ts'
import { withoutKeys } from './redact.ts'

/** How long a ping may take, in ms. */
export const pingMs = 10_000

/** Pings a dead man's switch after a scheduled run. A failed ping is logged as a warning; never rejects. */
export type Ping = () => Promise<void>

/** How to ping; `url` is null if there is nothing to ping. */
export interface PingParts {
  url: string | null
  env: NodeJS.ProcessEnv
  log: Pick<Logger, 'warn'>
  timeoutMs?: number
}

/**
 * Creates the ping of this installation: one GET. No message contains the URL, because whoever knows it can
 * ping.
 */
export function createPing({ url, env, log, timeoutMs = pingMs }: PingParts): Ping {
  if (url === null) return () => Promise.resolve()
  return async () => {
    const problem = await ping(new URL(url), { env, timeoutMs })
    if (problem !== null)
      log.warn({ kind: 'ping_failed' }, `HEALTH_PING_URL ${problem}; the run itself is recorded`)
  }
}

/** Why a ping failed, as the rest of a sentence; null on success. The body does not matter. */
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
