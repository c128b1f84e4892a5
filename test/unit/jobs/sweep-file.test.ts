import { expect, test } from 'vitest'
import type { Level } from '../../../src/core/plan.ts'
import type { RecordedSweep } from '../../../src/jobs/read-sweep.ts'
import { parseSweepFile, sweepFileText } from '../../../src/jobs/sweep-file.ts'
import { describeSweep } from '../../../src/report/describe-sweep.ts'
import { toLevelRow } from '../../../src/report/sweep-document.ts'
import { momentAt, recordedSweep, sweepRow } from '../../support/sweep-rows.ts'

const of = { provider: 'a', model: 'm', contextTokens: null, warmups: 1, total: 2 }
const levels: Level[] = [
  { ...of, load: { rate: 10, arrivals: 'poisson', seed: 7, slots: 256 } },
  { ...of, contextTokens: 5000, load: { concurrency: 2, staggerMs: 100 } },
]
const rows = [
  sweepRow({ warmup: true, iteration: 0, scheduled_at: momentAt(0), late_ms: 0.25 }),
  sweepRow({ scheduled_at: momentAt(100), late_ms: 1 / 3, worker: '1a2b3c4d' }),
  sweepRow({ level: 1, success: false, error_kind: 'rate_limited', ttft_ms: null, cost_usd: null }),
]
const settings = {
  prompt: 'Say \u009B hello.',
  prompt_hash: 'ab',
  temperature: 0.7,
  timeouts: { first_token: 60_000 },
}
const recorded: RecordedSweep = {
  ...recordedSweep(levels, rows, { settings, run: { skip_reasons: { 'max cost': 1 } } }),
  cpuShares: new Map([[1, 0.9]]),
}
const objectives = { ttft: 500 }
const described = describeSweep(levels, rows, { objectives, cpuShares: new Map() })
const text = sweepFileText(recorded, { levels: described, objectives })

test('a sweep is read from its file as it was written, to the last digit', () => {
  const found = parseSweepFile(text)
  expect(found).toMatchObject({ ...recorded, settings: { ...settings, levels: [{}, {}] } })
  expect(parseSweepFile(`\uFEFF${text.replaceAll('\n', '\r\n')}`)).toEqual(found)
  const again = found as RecordedSweep
  expect(sweepFileText(again, { levels: described, objectives })).toBe(text)
})

test('its file has the report as --json shows it, and a request a line', () => {
  const document = JSON.parse(text) as { levels: unknown; objectives: unknown; requests: { rows: unknown[] } }
  expect(document.levels).toEqual(JSON.parse(JSON.stringify(described.map(toLevelRow))))
  expect(document).toMatchObject({ format: 'firsttoken-sweep', version: 1, objectives })
  expect(document.requests.rows).toHaveLength(3)
  expect(text.split('\n').filter((line) => line.startsWith('["') || /^\[\d/.test(line))).toHaveLength(3)
  expect(text).not.toContain('\u009B')
})

test('a sweep without requests has a file too', () => {
  const empty = sweepFileText(recordedSweep(levels, []), { levels: [], objectives: {} })
  expect(parseSweepFile(empty)).toMatchObject({ levels, rows: [] })
})

const edited = (edit: (document: Record<string, never>) => unknown) => {
  const document = JSON.parse(text) as Record<string, never>
  return JSON.stringify(edit(document))
}

test.each<[string, string, RegExp]>([
  ['nothing', ' \n', /^is empty: write the file/],
  ['a page', '<html></html>', /^is no JSON: write the file/],
  ['half of an object', '{"run":', /^is no JSON/],
  ['half of a file', text.slice(0, text.length / 2), /^is the file of a sweep that is cut off or damaged/],
  ['all but the end of a file', text.slice(0, -3), /^is the file of a sweep that is cut off or damaged/],
  ['a list', '[1]', /^is JSON, and no file of a sweep/],
  ['null', 'null', /^is no JSON/],
  ['a run', '{"run": {}, "results": []}', /^is JSON, and no file of a sweep/],
  ['--json', '{"run": {}, "levels": []}', /^is the report of a sweep without its requests.*or name the run/],
  [
    'a later version',
    edited((whole) => ({ ...whole, version: 2 })),
    /of version 2, and version 1 is read: write/,
  ],
  ['no version', edited((whole) => ({ ...whole, version: undefined })), /of version null, and/],
  [
    'no run',
    edited((whole) => ({ ...whole, run: null })),
    /^is a sweep with wrong contents: run: .*write it again$/,
  ],
  ['no requests', edited((whole) => ({ ...whole, requests: undefined })), /wrong contents: requests: /],
  [
    'rows that are too short',
    edited((whole) => ({ ...whole, requests: { columns: ['level'], rows: [[0]] } })),
    /wrong contents: requests\.0\.iteration: /,
  ],
  ['no levels', edited((whole) => ({ ...whole, settings: {} })), /wrong contents: settings\.levels: /],
])('%s is refused, saying what it is', (_, other, message) => {
  expect(parseSweepFile(other)).toEqual({ problem: expect.stringMatching(message) })
})
