import { fetchBy } from '../net/fetch.ts'
import type { App } from './app.ts'

/** A call that is accepted works for minutes, so no answer within this time, in ms, means success. */
const acceptedMs = 3000

/**
 * Calls the endpoint of benchmarks at a URL for a run, or the rest of it, and does not wait for its end: only a refusal
 * comes at once. `shared`: several calls make it. False if it was refused, which is logged. A redirect is a refusal:
 * the secret goes nowhere else.
 */
export async function handOver(
  run: { id: string; shared?: boolean },
  url: URL,
  { cronSecret, env, log }: Pick<App, 'cronSecret' | 'env' | 'log'>,
): Promise<boolean> {
  const headers = { authorization: `Bearer ${cronSecret}`, 'content-type': 'application/json' }
  const signal = AbortSignal.timeout(acceptedMs)
  const body = JSON.stringify({ run: run.id, ...(run.shared && { shared: true }) })
  try {
    const response = await fetchBy(env)(url, { method: 'POST', headers, body, signal, redirect: 'manual' })
    if (response.ok) return true
    log.error({ run: run.id, status: response.status }, 'the run was not taken over')
  } catch (error) {
    if (signal.aborted) return true
    log.error({ run: run.id, err: error }, 'the run could not be handed over')
  }
  return false
}
