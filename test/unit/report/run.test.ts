import { expect, test } from 'vitest'
import type { Mode } from '../../../src/core/plan.ts'
import type { Result } from '../../../src/core/result.ts'
import { painter, type ShownResult } from '../../../src/report/console.ts'
import { runEnding, runHeading } from '../../../src/report/run.ts'
import { newRun } from '../../../src/store/memory.ts'
import { toResultRow } from '../../../src/store/result-codec.ts'
import { toRunRow } from '../../../src/store/run-codec.ts'
import { samplePlan, sampleResult } from '../../support/samples.ts'

const paint = painter(false)
const began = new Date('2026-11-29T12:00:00.000Z')
const plan = samplePlan(['a'])
const run = (mode: Mode = 'multi') => toRunRow(newRun({ ...plan, mode }, 'local', began))

function result(more: Partial<Result> = {}): ShownResult {
  const [probe] = plan.probes
  if (probe === undefined) throw new Error('the plan is empty')
  const timing = { queueMs: 0, connectMs: 0 }
  return toResultRow({
    ...sampleResult(plan, probe),
    timingQuality: 'ok',
    timingReasons: [],
    ...timing,
    startedAt: began,
    ...more,
  })
}
const ending = (results: ShownResult[], mode?: Mode) =>
  runEnding(run(mode), results, { paint, recordedIn: 'a test', spooled: 0, clockError: null })
const linesWith = (text: string, part: string) => text.split('\n').filter((line) => line.includes(part))

const usual = { max_tokens: 512, concurrency: 1, context_tiers: [] as number[], n_warmups: 0 }

test('the heading says how the probes of a run are made', () => {
  const heading = (mode: Mode, more: Partial<typeof usual> = {}) =>
    runHeading({ ...run(mode), n_probes: 6 }, { ...usual, ...more }, paint).split('\n')[1]
  expect(heading('multi')).toBe('6 probes, up to 512 tokens each')
  expect(runHeading({ ...run(), n_probes: 0 }, usual, paint).split('\n')[1]).toBe('0 probes')
  expect(heading('concurrent', { concurrency: 3, context_tiers: [0, 5000], n_warmups: 2 })).toBe(
    '6 probes, up to 512 tokens each, 2 warm-ups among them, context of 0, 5000 tokens, up to 3 at once, so under our own load',
  )
  expect(heading('comparison', { n_warmups: 1 })).toBe(
    '6 probes, up to 512 tokens each, 1 warm-up among them',
  )
})

test('a run of a slot in which no target was due says so', () => {
  const text = runEnding({ ...run('scheduled'), n_probes: 0 }, [], {
    paint,
    recordedIn: 'a test',
    spooled: 0,
    clockError: null,
  })
  expect(text).toBe('\nno target was due in this slot, recorded in a test')
})

test('a warm-up is in no statistic and no count, whether it succeeded or not', () => {
  const warmup = { warmup: true, iteration: 0, ttftMs: 9999 }
  const text = ending([
    result(warmup),
    result({ ...warmup, success: false, errorKind: 'server_error', faultDomain: 'provider' }),
    result({ iteration: 1, ttftMs: 100 }),
    result({ iteration: 2, ttftMs: 300 }),
  ])
  const ttft = linesWith(text, 'TTFT ms')[0]
  expect(ttft?.trim().split(/ {2,}/).slice(0, 4)).toEqual(['TTFT ms', '2', '100.0', '200.0'])
  expect(text).toContain('2 succeeded, 0 failed, 2 warm-ups not counted (1 failed)')
  expect(text).not.toContain('9999')
})

test('a warm-up and one call are shown as one call', () => {
  const text = ending([result({ warmup: true, iteration: 0, ttftMs: 9999 }), result({ iteration: 1 })])
  expect(linesWith(text, 'openai')).toHaveLength(1)
  expect(text).toContain('1 succeeded, 0 failed, 1 warm-up not counted')
})

test('each context tier has its own statistics, in the order of their sizes', () => {
  const text = ending(
    [null, 50_000, 5000].flatMap((contextTokens) =>
      [1, 2].map((iteration) => result({ iteration, contextTokens, ttftMs: contextTokens ?? 7 })),
    ),
  )
  expect(text.split('\n').filter((line) => line.startsWith('openai'))).toEqual([
    'openai / a',
    'openai / a, context 5000',
    'openai / a, context 50000',
  ])
  const firsts = linesWith(text, 'TTFT ms').map((line) => line.trim().split(/ {2,}/)[2])
  expect(firsts).toEqual(['7.0', '5000.0', '50000.0'])
})

test('single calls of several tiers have a column of theirs', () => {
  const rows = ending([result({ contextTokens: 5000 }), result()]).split('\n')
  expect(rows.filter((row) => /^(PROVIDER|openai)/.test(row)).map((row) => row.split(/ {2,}/)[2])).toEqual([
    'CONTEXT',
    '0',
    '5000',
  ])
})

test('a concurrent run says what was in flight, what came out of it and what failed', () => {
  // 2 calls of 1 s at once, then one alone that fails: 3 s of calls in 2 s, 2 answers and 200 tokens in 2 s.
  const flight = (startMs: number, more: Partial<Result> = {}) =>
    result({
      startedAt: new Date(began.getTime() + startMs),
      totalLatencyMs: 700,
      queueMs: 100,
      connectMs: 200,
      outputTokens: 100,
      ...more,
    })
  const failed = { success: false, errorKind: 'server_error', faultDomain: 'provider' } as const
  const results = [
    flight(0, { iteration: 1 }),
    flight(0, { iteration: 2 }),
    flight(1000, { iteration: 3, ...failed }),
    flight(0, { iteration: 0, warmup: true }),
  ]
  const line =
    'openai / a: 1.5 in flight on average, 2 at most; 1.0 answers/s and 100 tokens/s over 2.00 s; 1 of 3 failed'
  expect(linesWith(ending(results, 'concurrent'), 'in flight')).toEqual([line])
  expect(ending(results, 'multi')).not.toContain('in flight')
})

test('results that another run of ours disturbed are said to be no samples', () => {
  expect(ending([result({ ownLoad: true }), result()])).toContain(
    '! 1 of 2 while other calls of ours loaded the provider: no samples',
  )
  expect(ending([result()])).not.toContain('no samples')
})
