import { expect, test } from 'vitest'
import type { Level } from '../../../src/core/plan.ts'
import { describeSweep, type SweepRow } from '../../../src/report/describe-sweep.ts'
import { toLevelRow } from '../../../src/report/sweep-document.ts'
import { sweepHtml } from '../../../src/report/sweep-html.ts'
import { sweepMarkdown } from '../../../src/report/sweep-markdown.ts'
import { sweepTables } from '../../../src/report/sweep.ts'
import { sweepRow } from '../../support/sweep-rows.ts'
import { sweepSample } from '../../support/sweep-sample.ts'

const level: Level = {
  provider: 'a',
  model: 'm',
  contextTokens: null,
  load: { concurrency: 4, staggerMs: 0 },
  warmups: 4,
  total: 40,
}
const failed = (more: Partial<SweepRow> = {}): SweepRow =>
  sweepRow({ level: 0, warmup: true, iteration: 0, success: false, error_kind: 'auth', ...more })
/** A sweep that ended while it warmed up. */
const rows = [
  failed({ error_message: 'Incorrect API <key>' }),
  failed({ error_message: 'Incorrect, too' }),
  failed({ error_kind: 'server_error' }),
]
const describe = (some: readonly SweepRow[]) =>
  describeSweep([level], some, { objectives: {}, cpuShares: new Map() })

test('a sweep that failed while it warmed up says by kind what failed, and what the first said', async () => {
  const levels = describe(rows)
  const text = sweepTables(levels, { paint: (_, plain) => plain, judged: false })
  expect(text).toContain('! concurrency 4: 2 warm-ups failed: auth; the first said: Incorrect API <key>\n')
  expect(text).toContain('! concurrency 4: 1 warm-up failed: server_error')
  expect(toLevelRow(levels[0]!, 0)).toMatchObject({
    report: null,
    failures: [
      { kind: 'auth', n: 0, warmups: 2, message: 'Incorrect API <key>' },
      { kind: 'server_error', n: 0, warmups: 1, message: null },
    ],
  })
  expect(sweepMarkdown(levels, { run: null, synthetic: false, judged: false })).toContain(
    '2 warm-ups failed: auth; the first said: Incorrect API &lt;key>',
  )
  const sweep = { ...sweepSample({ loads: [] }), levels: [level], rows }
  const page = await sweepHtml(sweep, levels, { objectives: {}, store: null })
  expect(page).toContain('No request that counts was made, and 3 that warmed up failed.')
  expect(page).toContain('Incorrect API &lt;key&gt;')
  expect(page).toContain('and 2 warming up')
})

test('failures that count are told from those that warmed up', () => {
  const counts = failed({ warmup: false, iteration: 1, error_message: 'again' })
  const [described] = describe([failed(), counts, failed({ success: true, error_kind: null })])
  expect(described?.failures).toEqual([{ kind: 'auth', n: 1, warmups: 1, message: 'again' }])
})
