import { z } from 'zod'
import type { ConfiguredProvider } from '../core/provider.ts'
import { startSync } from '../jobs/sync.ts'
import { follow } from '../run/watch.ts'
import { count, json, moment } from '../store/read-codec.ts'
import type { Api } from './api.ts'
import { maybe, page, pageQuery, providerId } from './page.ts'
import type { HttpParts } from './parts.ts'
import { refuse } from './problem-details.ts'
import { syncAnswerOf } from './sync.ts'

const about = { path: '/syncs', tag: 'syncs' } as const

/** A row of syncs: what a provider was asked, and what changed. */
const syncRow = z
  .looseObject({
    id: z.string(),
    provider: z.string(),
    /** Only of one that is recorded. */
    provider_id: z.string().optional(),
    triggered_by: z.string(),
    status: z.enum(['saved', 'refused', 'failed']),
    reason: z.string().nullable(),
    started_at: moment,
    finished_at: moment,
    n_listed: count,
    n_chat: count,
    n_unreadable: count,
    n_added: count,
    n_left: count,
    n_returned: count,
    n_changed: count,
    n_prices: count,
    n_conflicts: count,
    n_leaving: count,
    n_unpriced: count,
    /** Which models and prices: docs/schema.md has the fields. */
    details: z.record(z.string(), json),
  })
  .meta({ id: 'Sync' })
type SyncRow = z.infer<typeof syncRow>

/** Syncs. */
export const syncPage = page(syncRow)

/** What syncs came to. */
export const syncReport = z.strictObject({
  /** A sync for every provider that was asked. */
  syncs: z.array(syncRow),
  /** Providers that there was no time for. */
  stopped_before: z.array(z.string()),
  /** Which prices could not be brought up to date. */
  notes: z.array(z.string()),
})

/** What a sync is answered with: rows whose columns are those of the table. */
type SyncAnswer = { syncs: SyncRow[]; stopped_before: string[]; notes: string[] }

/** Bringing models and prices up to date. */
export function addSyncs(api: Api, parts: HttpParts): void {
  const { openStore } = parts
  api.add(
    {
      ...about,
      method: 'get',
      access: 'read',
      summary: 'Syncs of models and prices, latest first',
      query: { ...pageQuery, provider: maybe(providerId) },
      answer: syncPage,
    },
    async ({ query }) => {
      const { rows, next } = await (await openStore()).listSyncs(query)
      return { rows: rows as unknown as SyncRow[], next }
    },
  )
  let underWay: Promise<unknown> | null = null
  api.add(
    {
      ...about,
      method: 'post',
      access: 'admin',
      summary: 'Ask the providers for their models and prices now; answers when that is over',
      body: z.strictObject({
        /** Only these providers; all that are configured by default. */
        providers: z.array(providerId).max(100).default([]),
      }),
      answer: syncReport,
    },
    async ({ body: { providers } }) => {
      const real = parts.configured().filter(({ synthetic }) => !synthetic)
      const unknown = providers.find((id) => real.every(({ entry }) => entry.id !== id))
      if (unknown !== undefined)
        return refuse('not_found', `there is no provider ${unknown} whose key is set`)
      if (underWay !== null) return refuse('conflict', 'a sync is under way: wait for its end')
      if (real.length === 0) return refuse('conflict', 'no provider has a key: set that of one at least')
      const asked = real.filter(({ entry }) => providers.length === 0 || providers.includes(entry.id))
      const syncing = sync(asked, parts)
      underWay = syncing
      return syncing.finally(() => {
        underWay = null
      })
    },
  )
}

/** Asks these providers, and gives what came of it. Rejects with StoreError. */
async function sync(configured: readonly ConfiguredProvider[], { app, budgetMs }: HttpParts) {
  const trigger = 'manual'
  const { heal } = app.config.sync
  const flags = { trigger, dryRun: false, heal, acceptShrunk: false } as const
  const started = await startSync({ ...flags, configured, stop: AbortSignal.timeout(budgetMs) }, app)
  if ('refusal' in started) return refuse('not_configured', started.refusal.message)
  const { events, notes, summary, close } = started
  try {
    await follow(events, [])
  } finally {
    await close()
  }
  if (summary.lost !== null)
    return refuse('store_unavailable', 'the database ended the sync; the log says more')
  return summary.outcomes.some(({ reason }) => reason === null)
    ? (syncAnswerOf(summary, trigger, notes) as SyncAnswer)
    : refuse('provider_failed', 'no listing could be taken: GET /api/v1/syncs says why')
}
