import type { StartedBenchmark } from '../jobs/started-benchmark.ts'
import { printable } from '../report/format.ts'
import { replayText } from '../report/spool.ts'
import type { Streams } from './streams.ts'

/** Shows what a person should know before a benchmark begins. */
export function showNotices({ replay, notes }: StartedBenchmark, { stderr }: Streams): void {
  const delivered = replay !== null && (replay.files > 0 || replay.rejected.length > 0)
  for (const text of [...(delivered ? [replayText(replay)] : []), ...notes])
    stderr.write(`firsttoken: ${printable(text)}\n`)
}
