import type { Logger } from 'pino'
import type { Refusal } from '../run/benchmark.ts'
import { toSyncRow } from '../store/model-codec.ts'
import { StoreError } from '../store/store.ts'
import { logSync } from '../sync/log-sync.ts'
import type { StartedSync } from '../sync/start.ts'
import { refuseStranger } from './auth.ts'
import { refusalProblem, storeProblem } from './cron.ts'

/** What the sync endpoint is made with. */
export interface SyncParts {
  cronSecret: string | null
  log: Logger
  /** Prepares the sync of every configured provider; rejects with StoreError. */
  startSync: () => Promise<StartedSync | { refusal: Refusal }>
}

/** Brings models and prices up to date. Answers when it is over: 200 where at least one listing was taken, else 502. */
export async function syncHandler(request: Request, parts: SyncParts): Promise<Response> {
  const refused = refuseStranger(request, parts.cronSecret)
  if (refused !== null) return refused
  try {
    const started = await parts.startSync()
    if ('refusal' in started) return refusalProblem(started.refusal, parts.log)
    try {
      return await answer(started, parts.log)
    } finally {
      await started.close()
    }
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    return storeProblem(error, parts.log)
  }
}

async function answer({ events, notes }: StartedSync, log: Logger): Promise<Response> {
  for (const note of notes) log.warn(note)
  const syncs = []
  let taken = 0
  let stoppedBefore: string[] = []
  for await (const event of events) {
    logSync(log, event)
    if (event.type === 'store_failed') return storeProblem(event.error, log)
    if (event.type === 'stopped') stoppedBefore = event.notAsked
    if (event.type !== 'outcome') continue
    const { outcome } = event
    if (outcome.reason === null) taken += 1
    syncs.push({ provider: outcome.provider.id, ...toSyncRow({ outcome, trigger: 'cron' }) })
  }
  return Response.json({ syncs, stopped_before: stoppedBefore, notes }, { status: taken > 0 ? 200 : 502 })
}
