import type { Schedule } from '../run/slot.ts'
import { exposition, formatFor, mediaTypes } from '../report/prometheus.ts'
import { familiesOf } from '../report/metric-families.ts'
import type { Store } from '../store/store.ts'

/** The path that Prometheus scrapes. */
export const metricsPath = '/metrics'

/** What to show: real targets, or with `?synthetic=true` synthetic ones alone. */
interface MetricsRequest {
  accept: string | null
  synthetic: boolean
  schedule: Schedule
}

/** Answers a scrape with what the database knows at that moment. Rejects with StoreError. */
export async function metricsHandler(
  store: Pick<Store, 'readMetrics'>,
  { accept, synthetic, schedule }: MetricsRequest,
): Promise<Response> {
  const known = await store.readMetrics({ schedule: schedule.name, synthetic })
  const format = formatFor(accept)
  return new Response(exposition(familiesOf(known, synthetic), format), {
    headers: { 'content-type': mediaTypes[format], 'cache-control': 'no-store', vary: 'accept' },
  })
}
