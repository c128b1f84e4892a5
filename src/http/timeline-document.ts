import { z } from 'zod'
import { eventKinds, type Timeline } from '../core/timeline.ts'

const ms = z.number()

/** A timeline for people: every stamp in ms after the request was sent on its open socket. */
export const timelineDocument = z
  .strictObject({
    dns_ms: ms.nullable(),
    tcp_ms: ms.nullable(),
    tls_ms: ms.nullable(),
    connect_ms: ms.nullable(),
    headers_ms: ms.nullable(),
    end_ms: ms,
    reasoning_form: z.enum(['full', 'summary', 'none']),
    /** Every read of the socket. */
    reads: z.array(z.strictObject({ at_ms: ms, bytes: z.int() })),
    /** Every event of the stream, with the characters of each kind that it carried. */
    events: z.array(
      z.strictObject({
        at_ms: ms,
        kind: z.enum(eventKinds),
        text: z.int(),
        reasoning: z.int(),
        other: z.int(),
      }),
    ),
  })
  .meta({ id: 'Timeline' })

/** A timeline as the API shows it. */
export const toTimelineDocument = (timeline: Timeline): z.infer<typeof timelineDocument> => ({
  dns_ms: timeline.dnsMs,
  tcp_ms: timeline.tcpMs,
  tls_ms: timeline.tlsMs,
  connect_ms: timeline.connectMs,
  headers_ms: timeline.headers,
  end_ms: timeline.end,
  reasoning_form: timeline.reasoningForm,
  reads: timeline.reads.map((at, index) => ({ at_ms: at, bytes: timeline.bytes[index] ?? 0 })),
  events: timeline.events.map(({ read, ...event }) => ({
    at_ms: timeline.reads[read] ?? timeline.end,
    ...event,
  })),
})
