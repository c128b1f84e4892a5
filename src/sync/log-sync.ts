import type { Logger } from 'pino'
import type { SyncEvent } from './sync.ts'

/** Logs a sync: each outcome with its counts, and every conflict and leaving target by name. */
export function logSync(log: Logger, event: SyncEvent): void {
  if (event.type === 'asking') return
  if (event.type === 'store_failed') {
    log.error({ kind: event.error.kind, code: event.error.code }, event.error.message)
    return
  }
  if (event.type === 'stopped') {
    log.warn({ notAsked: event.notAsked }, 'the sync was stopped before every provider was asked')
    return
  }
  const { id, provider, status, reason, listed, chat, changes, prices, conflicts, leaving } = event.outcome
  const about = { sync: id, provider: provider.id }
  if (reason !== null) {
    log.error({ ...about, status }, reason)
    return
  }
  const { added, left, returned, changed } = changes
  const counts = {
    added: added.length,
    left: left.length,
    returned: returned.length,
    changed: changed.length,
  }
  log.info({ ...about, status, listed, chat, ...counts, prices: prices.length }, 'models synced')
  for (const { model, chosen, other, gap } of conflicts)
    log.warn({ ...about, model, chosen, other, gap }, 'two sources differ on a price')
  for (const { target, shutdownOn, successor, healed } of leaving)
    log.warn(
      { ...about, model: target.model, shutdownOn, successor, healed },
      'the model of an active target is leaving',
    )
}
