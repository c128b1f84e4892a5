import { toJsonText } from '../core/json.ts'
import type { StartedBenchmark } from '../jobs/started-benchmark.ts'
import { calledOf } from '../report/console.ts'
import { formatCount, formatMs, formatRate, printable } from '../report/format.ts'
import { reasonsText } from '../report/run.ts'
import type { ResultRow } from '../core/row.ts'
import { follow } from '../run/watch.ts'
import { showNotices } from './notices.ts'
import { showErrors } from './progress.ts'
import { runExitCode } from './run-exit-code.ts'
import type { Streams } from './streams.ts'

/**
 * Shows each result of a run as one line, or as one object of JSON; what was not called is told on stderr. Returns
 * the exit code.
 */
export async function showSmoke(
  started: StartedBenchmark,
  { streams, json }: { streams: Streams; json: boolean },
): Promise<number> {
  showNotices(started, streams)
  const { stdout, stderr } = streams
  await follow(started.events, [
    showErrors(stderr).show,
    (event) => {
      if ('result' in event)
        stdout.write(json ? `${toJsonText(figuresOf(event.result))}\n` : `${lineOf(event.result)}\n`)
    },
  ])
  const { run } = started.summary
  if (run !== null && run.n_skipped > 0)
    stderr.write(`firsttoken: ${run.n_skipped} of ${run.n_probes} not called${reasonsText(run)}\n`)
  return runExitCode(started.summary)
}

/** Times in ms, tokens per second. */
const figuresOf = ({
  provider,
  model,
  success,
  ttft_ms,
  output_tokens,
  total_latency_ms,
  tps,
  error_kind,
}: ResultRow) => ({
  provider,
  model,
  success,
  ttft: ttft_ms,
  tokens: output_tokens,
  duration: total_latency_ms,
  tps,
  error_kind,
})

function lineOf(result: ResultRow): string {
  if (!result.success)
    return `${calledOf(result)}  failed: ${result.error_kind ?? ''}  ${printable(result.error_message ?? '')}`
  const { ttft_ms, output_tokens, total_latency_ms, tps } = result
  return `${calledOf(result)}  ttft ${formatMs(ttft_ms)}  tokens ${formatCount(output_tokens)}  duration ${formatMs(total_latency_ms)}  tps ${formatRate(tps)}`
}
