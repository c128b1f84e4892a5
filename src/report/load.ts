import { type Flight, type Throughput, throughputOf } from '../core/throughput.ts'
import { groupsOf, type Paint, type ShownResult } from './console.ts'
import { formatMs, formatRate } from './format.ts'

/** What a concurrent run reached, a line for each target and context tier; empty without results. */
export const loadLines = (results: readonly ShownResult[]): string =>
  groupsOf(results)
    .map(([called, group]) => {
      const reached = throughputOf(group.map(flightOf))
      return reached === null ? '' : `${called}: ${loadText(reached, group)}`
    })
    .join('\n')

function loadText(reached: Throughput, group: readonly ShownResult[]): string {
  const failed = group.filter(({ success }) => !success).length
  const { meanInFlight, mostInFlight, answersPerSecond, tokensPerSecond, spanMs } = reached
  return [
    `${meanInFlight.toFixed(1)} in flight on average, ${mostInFlight} at most`,
    `${formatRate(answersPerSecond)} answers/s and ${formatRate(tokensPerSecond)} tokens/s over ${formatMs(spanMs)}`,
    `${failed} of ${group.length} failed`,
  ].join('; ')
}

/** From the decision to call to the end of its answer. Starts have whole milliseconds, so ends get them too. */
function flightOf(result: ShownResult): Flight {
  const { started_at, queue_ms, connect_ms, total_latency_ms, success, output_tokens } = result
  const start = Date.parse(started_at)
  const end = Math.floor(start + (queue_ms ?? 0) + (connect_ms ?? 0) + total_latency_ms)
  return { start, end, success, outputTokens: output_tokens }
}

/** Says of results that other calls of ours disturbed that they are no samples; empty if there are none. */
export function ownLoadNote(results: readonly ShownResult[], paint: Paint): string {
  const disturbed = results.filter(({ own_load }) => own_load).length
  if (disturbed === 0) return ''
  return paint(
    'yellow',
    `! ${disturbed} of ${results.length} while other calls of ours loaded the provider: no samples`,
  )
}
