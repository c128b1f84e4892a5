import { expect, test } from 'vitest'
import type { StartedBenchmark } from '../../../src/jobs/started-benchmark.ts'
import { showSmoke } from '../../../src/cli/smoke.ts'

test.each([
  [{ 'rate limited until 10:15': 1 }, 'firsttoken: 1 of 1 not called (rate limited until 10:15)\n'],
  [undefined, 'firsttoken: 1 of 1 not called\n'],
])('a request that is not made is told, with the reason if it is known', async (reasons, told) => {
  const run = { status: 'finished', n_probes: 1, n_skipped: 1, ...(reasons && { skip_reasons: reasons }) }
  const summary = { run, skipped: false, lost: null, missed: null, recorded: 0, succeeded: 0 }
  const started = { events: [], summary, replay: null, notes: [] } as unknown as StartedBenchmark
  const written = { stdout: '', stderr: '' }
  const streamOf = (name: keyof typeof written) =>
    ({ write: (text: string) => (written[name] += text) }) as unknown as NodeJS.WriteStream
  const streams = { stdout: streamOf('stdout'), stderr: streamOf('stderr') }
  expect(await showSmoke(started, { streams, json: true })).toBe(1)
  expect(written).toEqual({ stdout: '', stderr: told })
})
