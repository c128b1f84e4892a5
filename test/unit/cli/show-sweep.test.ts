import { expect, test } from 'vitest'
import { printSweep } from '../../../src/cli/show-sweep.ts'
import type { RunRow } from '../../../src/store/store.ts'

const counts = { n_succeeded: 0, n_failed: 0, n_skipped: 0, synthetic: false }

test.each([
  ['running', 'run 7 goes on, or was killed: this is what it has recorded so far'],
  ['abandoned', 'run 7 (abandoned): 0 succeeded, 0 failed, warm-ups among them'],
  ['finished', 'run 7: 0 succeeded, 0 failed, warm-ups among them'],
])('the report of a run that is %s says so', async (status, ending) => {
  let shown = ''
  const stdout = { write: (text: string) => (shown += text) } as unknown as NodeJS.WriteStream
  const run = { id: '7', status, ...counts } as RunRow
  const printed = {
    streams: { stdout, stderr: stdout },
    format: 'text',
    objectives: {},
    found: [],
    work: null,
  } as const
  await printSweep([], run, printed)
  expect(shown.trimEnd().split('\n').at(-1)).toBe(ending)
})
