import { derive, formulaVersion } from '../core/metrics.ts'
import type { Observation } from '../core/result.ts'
import { classify } from './classify.ts'
import type { Evidence } from './evidence.ts'
import { retryAfterIn } from './limits.ts'
import { notesIn } from './notes.ts'
import { outcomeOf } from './outcome.ts'
import { reportedIn } from './reported.ts'
import { requestParameters } from './request.ts'
import { withoutStandstill } from './standstill.ts'
import { toTimeline } from './to-timeline.ts'
import { trustIn } from './trust.ts'

/** Derives an observation from the evidence. */
export function observe(evidence: Evidence): Observation {
  const { call, exchange, stream, usage, startedAt } = evidence
  const timeline = toTimeline(exchange, stream)
  const { metrics, burst } = derive(timeline, usage)
  const cause = withoutStandstill(classify(exchange, stream), evidence)
  const { dnsMs, tcpMs, tlsMs, connectMs } = timeline
  return {
    startedAt,
    statusCode: exchange.status,
    ...outcomeOf(evidence, cause),
    ...reportedIn(evidence, cause),
    dnsMs,
    tcpMs,
    tlsMs,
    connectMs,
    lateMs: call.dueAt === undefined || connectMs === null ? null : exchange.t0 - call.dueAt,
    retryAfterMs: retryAfterIn(exchange.headers, startedAt) ?? cause?.error?.waitMs ?? null,
    responseBytes: exchange.bytes.reduce((sum, size) => sum + size, 0),
    eventCount: stream.events.filter(({ kind }) => kind !== 'comment' && kind !== 'done').length,
    notes: notesIn(evidence),
    parameters: requestParameters(call),
    formulaVersion,
    timeline,
    ...metrics,
    ...trustIn(evidence, { ttftMs: metrics.ttftMs, burst }),
  }
}
