import { counter, gauge, histogram, info, one, by } from './metric-family.ts'
import type { TrafficTable } from './traffic-families.ts'

/** A name that is in use elsewhere, for boards and queries that ask for it. */
const named = <Definition extends { name: string }>(name: string, definition: Definition): Definition => ({
  ...definition,
  name,
})

/** What is told of every model whoever provides it, in ms. */
export const ofChat: TrafficTable = {
  counted: [
    [
      named('chat_requests', counter('', 'Requests that ended, by status.', { labels: ['status'] })),
      ({ statuses }) => by('status', statuses),
    ],
    [
      named('chat_errors', counter('', 'Requests that failed, by error kind.', { labels: ['reason'] })),
      ({ errors }) => by('reason', errors),
    ],
    [named('chat_in_flight', gauge('', 'Requests that are under way.')), ({ inFlight }) => one(inFlight)],
    [named('chat_tokens', counter('', 'Output tokens.')), ({ outputTokens }) => one(outputTokens)],
    [
      named('chat_bytes_out', counter('', 'Bytes of the bodies that clients were sent.')),
      ({ bytesOut }) => one(bytesOut),
    ],
  ],
  spread: [
    [
      named('chat_ttft_ms', histogram('', 'From sending a request to the first token of its stream.')),
      ({ ttftMs }) => ttftMs,
    ],
    [
      named('chat_duration_ms', histogram('', 'From sending a request to the end of its answer.')),
      ({ durationMs }) => durationMs,
    ],
    [
      named(
        'chat_upstream_headers_ms',
        histogram('', 'From sending a request to the headers of its answer.'),
      ),
      ({ headersMs }) => headersMs,
    ],
  ],
}

/** What the process is: `build_info`. */
export const build = named(
  'build',
  info('', 'The version of firsttoken and of Node.js.', { labels: ['version', 'node'] }),
)
