import { percentile } from '../core/statistics.ts'
import type { TypicalLatency } from '../run/fit.ts'
import type { Store } from '../store/store.ts'

/** Calls that say enough of how long one takes. */
const calls = 50

/**
 * How long calls of these providers take by the first ones of their latest sweeps: own load says nothing of a provider
 * on a usual day, and more of the next sweep than nothing. A provider without a sweep has none. Rejects with StoreError.
 */
export async function paceOfSweeps(
  providers: readonly string[],
  store: Pick<Store, 'listSweeps' | 'listResults'>,
): Promise<TypicalLatency[]> {
  const found: TypicalLatency[] = []
  for (const provider of providers) {
    const { rows } = await store.listSweeps({ provider, status: 'finished', after: null, limit: 1 })
    const [sweep] = rows
    if (sweep === undefined) continue
    const page = { runId: sweep.run.id, provider, after: null, limit: calls, withTexts: false }
    const results = await store.listResults(page)
    const lasted = results.rows.map(({ total_latency_ms: ms }) => Number(ms))
    const typicalMs = percentile(lasted, 0.5)
    if (typicalMs !== null) found.push({ provider, typicalMs })
  }
  return found
}
