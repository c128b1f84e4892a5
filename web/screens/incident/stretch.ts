import type { Incident } from '../../api/incident-queries.ts'
import type { MetricName, Stretch } from '../../api/target-queries.ts'
import type { Reference } from '../../over-time/reference.ts'
import { sayOf } from './evidence.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
/** At least so long a time before an incident, and after it, is shown. */
const least = { before: 4 * hourMs, after: 2 * hourMs }

/** The metric that shows an incident of a target. */
export function metricOf({ evidence }: Pick<Incident, 'evidence'>): MetricName {
  const metric = evidence['metric'] ?? evidence['objective']
  return metric === 'latency' ? metric : metric === 'tpot' ? 'tps' : 'ttft'
}

/** The time around an incident of a target in which it can be seen: what was before, as long again, and what came after. */
export function stretchOf(
  incident: Pick<Incident, 'kind' | 'target_id' | 'region' | 'first_bad_at' | 'resolved_at' | 'evidence'>,
  now: Date,
): Stretch | null {
  const { kind, target_id: id, region, first_bad_at: began, resolved_at: ended, evidence } = incident
  if (id === null) return null
  const [from, to] = [Date.parse(began), ended === null ? now.getTime() : Date.parse(ended)]
  const reference = kind === 'drift' ? Number(evidence['reference_days'] ?? 0) * dayMs : 0
  const before = Math.max(least.before, reference, to - from)
  const after = ended === null ? 0 : Math.max(least.after, (to - from) / 2)
  const isPast = to + after < now.getTime()
  const end = isPast ? to + after : now.getTime()
  // To minutes, so that an open one is not another stretch at every look.
  const lengthMs = Math.ceil((end - from + before) / 60_000) * 60_000
  return { id, region, lengthMs, until: isPast ? new Date(end).toISOString() : null }
}

/** What its samples were compared with. */
export function referencesOf({ kind, evidence }: Pick<Incident, 'kind' | 'evidence'>): Reference[] {
  const say = sayOf(evidence)
  const reference = (name: string, key: string): Reference[] => {
    const ms = evidence[key]
    if (typeof ms !== 'number') return []
    return [{ name: `${name} ${say(ms)}`, value: evidence['metric'] === 'tpot' ? 1000 / ms : ms }]
  }
  if (kind === 'slow') return [...reference('usual', 'p50_ms'), ...reference('usual p95', 'p95_ms')]
  if (kind === 'slo') return reference('within', 'within_ms')
  if (kind === 'limit') return reference('limit', 'limit_ms')
  if (kind === 'drift') return [...reference('before', 'reference_ms'), ...reference('of late', 'recent_ms')]
  return []
}
