import { configuredProviders } from '../registry/configure.ts'
import type { OfficialStatus } from '../core/official-status.ts'
import type { OfficialStore } from '../store/official-store.ts'
import { StoreError } from '../store/store.ts'
import { fetchOfficialStatus } from '../sync/fetch-official.ts'
import type { App } from './app.ts'

/** What asking providers of themselves needs of an installation. */
export type OfficialApp = Pick<App, 'config' | 'env' | 'clock' | 'log'>

/** A provider is asked once within that, in ms, whoever asks. */
const minAgeMs = 4 * 60_000

/** Incidents that are over are kept if they were open within that, in ms: a feed may list years of them. */
const lookBackMs = 7 * 24 * 3_600_000

/**
 * Asks the status pages of the providers that are benchmarked and due, and saves what they say. Not that of a
 * provider whose base URL is replaced: it says nothing of what answers there. A database that fails is logged.
 */
export async function askOfficial(
  store: OfficialStore,
  app: OfficialApp,
  signal?: AbortSignal,
): Promise<void> {
  const { config, env, log } = app
  const { official } = config
  if (official === null) return
  const feeds = new Map(
    configuredProviders(env).providers.flatMap(({ entry, baseUrl }) =>
      entry.status && baseUrl === entry.baseUrl ? [[entry.id, entry.status] as const] : [],
    ),
  )
  if (feeds.size === 0) return
  try {
    const { rows } = await store.claimOfficialStatuses({ providers: [...feeds.keys()], minAgeMs })
    await Promise.all(
      rows.map(async ({ provider, validators }) => {
        const feed = feeds.get(provider)
        if (feed === undefined) return
        const answer = await fetchOfficialStatus(feed, {
          ...official,
          env,
          validators,
          ...(signal && { signal }),
        })
        if ('problem' in answer) log.info({ provider, kind: answer.error }, `${feed.page} ${answer.problem}`)
        await store.saveOfficialStatus({ provider, ...saved(answer, app) })
      }),
    )
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    log.warn({ kind: error.kind, code: error.code }, `status pages are not kept: ${error.message}`)
  }
}

/** What is saved of an answer: no problem, which is a text, and no incident that ended long ago. */
function saved(answer: Awaited<ReturnType<typeof fetchOfficialStatus>>, { clock }: OfficialApp) {
  if ('problem' in answer) return { error: answer.error }
  if ('unchanged' in answer) return answer
  const since = clock.date().getTime() - lookBackMs
  const isRecent = ({ resolvedAt }: OfficialStatus['incidents'][number]) =>
    resolvedAt === null || resolvedAt.getTime() >= since
  return { ...answer, status: { ...answer.status, incidents: answer.status.incidents.filter(isRecent) } }
}
