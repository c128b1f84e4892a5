import { expect, test } from 'vitest'
import type { LiveEvent, LiveText } from '../../../src/http/contract.ts'
import { startKeys, targetOf } from '../../../web/api/starts.ts'
import {
  type Call,
  callsInHand,
  endOf,
  hear,
  joined,
  nothingHeard,
} from '../../../web/screens/benchmark/call.ts'
import { cut, type LiveAnswers, told, withNews } from '../../../web/screens/benchmark/live-answers.ts'
import { askedOf, whyNot } from '../../../web/screens/benchmark/request.ts'
import { benchmarkSearch } from '../../../web/screens/benchmark/search.ts'
import {
  bestOf,
  failuresOf,
  outcomesOf,
  progressByProvider,
  type TargetLine,
} from '../../../web/screens/benchmark/view.ts'

const models = ['openai/gpt-5', 'groq/openai/gpt-oss-20b']

test('a URL says what is chosen; what is usual, out of range or unknown is left out', () => {
  const given = { models, mode: 'multi', tokens: 4096, runs: 10, tiers: [5000, 0], warmup: true, q: 5 }
  expect(benchmarkSearch(given)).toEqual({ ...given, tiers: [0, 5000], q: '5' })
  expect(benchmarkSearch({ stream: true, tokens: 64 })).toEqual({ stream: true, tokens: 64 })
  expect(benchmarkSearch({ stream: 'yes' })).toEqual({})
  const wrong = { models: ['gpt-5'], mode: 'all', tokens: 5000, runs: 1.5, tiers: [7], limit: -1, run: 'x' }
  expect(benchmarkSearch(wrong)).toEqual({})
  const usual = { mode: 'comparison', tokens: 512, temperature: 0.7, runs: 3, concurrency: 5, tiers: [0] }
  expect(benchmarkSearch(usual)).toEqual({})
})

test('a model keeps the slashes of its name', () => {
  expect(targetOf('groq/openai/gpt-oss-20b')).toEqual({ provider: 'groq', model: 'openai/gpt-oss-20b' })
})

test('each mode asks for what its endpoint takes', () => {
  const common = { max_tokens: 512, temperature: 0, context_tiers: [0], prompt: 'code', max_cost_usd: 0 }
  const search = { models, temperature: 0, prompt: 'code', limit: 0 }
  const one = { provider_id: 'openai', model: 'gpt-5' }
  const repeated = { num_runs: 3, warmup: false }
  const other = { provider_id: 'groq', model: 'openai/gpt-oss-20b' }
  expect(askedOf(search)).toEqual({
    mode: 'comparison',
    body: { providers: [one, other], ...common, ...repeated },
  })
  expect(askedOf({ ...search, mode: 'single' }).body).toEqual({ ...one, ...common })
  expect(askedOf({ ...search, mode: 'multi' }).body).toEqual({ ...one, ...common, ...repeated })
  expect(askedOf({ ...search, mode: 'concurrent' }).body).toEqual({
    ...one,
    ...common,
    ...repeated,
    concurrency: 5,
  })
  expect(askedOf({ ...search, text: 'Say hello.' }).body).toMatchObject({ prompt: 'Say hello.' })
})

test('what cannot be started says why', () => {
  const many = Array.from({ length: 21 }, (_, index) => `openai/model-${index}`)
  expect(whyNot({})).toBe('Select at least one model')
  expect(whyNot({ models: many })).toBe('A run takes at most 20 models, and 21 are selected')
  expect(whyNot({ models, mode: 'concurrent' })).toMatch(/calls one model, and 2 are selected/)
  expect(whyNot({ models: ['openai/gpt-5'], mode: 'single', tiers: [0, 5000] })).toMatch(/one context tier/)
  expect(whyNot({ models, text: ' \n' })).toMatch(/Write a prompt/)
  expect(whyNot({ models, tiers: [0, 5000] })).toBeNull()
})

test('a start keeps its key until it succeeded, and another request has another', () => {
  let n = 0
  const { keyOf, spent } = startKeys(() => String((n += 1)))
  const [one, other] = [askedOf({ models }), askedOf({ models, runs: 1 })]
  expect([keyOf(one), keyOf(one), keyOf(other), keyOf(one)]).toEqual(['1', '1', '2', '3'])
  spent()
  expect(keyOf(one)).toBe('4')
})

const call = (id: string, given: Partial<Call> = {}): Call => ({
  id,
  probeId: null,
  provider: 'openai',
  model: 'gpt-5',
  run: 1,
  context: 0,
  warmup: false,
  success: true,
  errorKind: null,
  status: 200,
  message: null,
  ttftMs: 100,
  tps: 50,
  latencyMs: 1000,
  outputTokens: 40,
  costUsd: null,
  series: 's0',
  ...given,
})

const event = (name: LiveEvent['event'], id: string | null, done: number): LiveEvent => ({
  id: `${done}-1`,
  run_id: 'run',
  event: name,
  created_at: '',
  data: {},
  probe:
    id === null
      ? null
      : {
          id: `probe ${id}`,
          provider: 'openai',
          model: 'gpt-5',
          region: 'eu',
          iteration: 1,
          context_tokens: 5000,
          warmup: false,
        },
  result:
    name !== 'probe_recorded' || id === null
      ? null
      : {
          id,
          success: true,
          status_code: 200,
          error_kind: null,
          fault_domain: null,
          ttft_ms: 1,
          ttfa_ms: 1,
          tps: 2,
          input_tps: 1,
          total_latency_ms: 3,
          input_tokens: 4,
          output_tokens: 5,
          cost_usd: 6,
        },
  n_done: done,
  progress: { done, total: 2, percent: done * 50, eta_s: null, detail: null },
})

test('events tell which calls are in hand and which are over, and a call that was read too is there once', () => {
  const begun = hear(hear(nothingHeard, event('probe_started', 'a', 0)), event('probe_started', 'b', 0))
  expect([...begun.inHand.keys()]).toEqual(['probe a', 'probe b'])
  const over = hear(begun, event('probe_recorded', 'a', 1))
  expect([...over.inHand.keys()]).toEqual(['probe b'])
  expect(over.progress?.percent).toBe(50)
  // Its end was not heard: the server was away.
  expect(callsInHand(begun, [call('a', { probeId: 'probe a' })]).map(({ id }) => id)).toEqual(['probe b'])
  expect(over.calls).toMatchObject([{ id: 'a', context: 5000, tps: 2, series: null }])
  expect(hear(over, event('run_finished', null, 2)).inHand.size).toBe(0)
  const twice = hear(over, event('probe_recorded', 'a', 1))
  expect(joined([call('z'), call('a')], twice.calls).map(({ id }) => id)).toEqual(['z', 'a'])
  expect(joined([call('z')], twice.calls).map(({ id }) => id)).toEqual(['z', 'a'])
})

const samples = (p50: number) => ({ n: 3, min: p50, mean: p50, sd: 0, p50, p95: p50, p99: p50, max: p50 })
const line = (model: string, series: string, given: Partial<TargetLine> = {}): TargetLine => ({
  target_id: model,
  provider: 'openai',
  model,
  region: 'eu',
  series,
  parameters: null,
  n: 3,
  n_ok: 3,
  n_failed: 0,
  n_skipped: 0,
  skip_reasons: {},
  error_kinds: {},
  ttft_ms: null,
  ttfa_ms: null,
  tps: null,
  total_latency_ms: null,
  input_tokens: 0,
  output_tokens: 0,
  cost_usd: 0,
  n_cost_unknown: 0,
  ...given,
})

test('a provider is as far as its calls that are over and those that are left out', () => {
  const targets = [line('gpt-5', 's0'), line('gpt-5', 's1', { n_skipped: 3 })]
  const calls = [call('a'), call('b', { success: false }), call('c', { provider: 'groq' })]
  expect(progressByProvider(targets, calls)).toMatchObject([
    { provider: 'openai', models: ['gpt-5'], done: 5, total: 6, failed: 1, last: { id: 'a' } },
  ])
})

test('outcomes know their size of context by its calls, and the best is by median', () => {
  const targets = [
    line('slow', 's0', { tps: samples(10), ttft_ms: samples(5) }),
    line('none', 's0'),
    line('fast', 's1', { tps: samples(99), ttft_ms: samples(50) }),
  ]
  const calls = [
    call('a', { model: 'slow' }),
    call('b', { model: 'fast', series: 's1', context: 5000 }),
    call('c', { model: 'fast', series: 's1', context: 5000, warmup: true }),
  ]
  const outcomes = outcomesOf(targets, calls)
  expect(outcomes.map(({ model, context, calls: of }) => [model, context, of.length])).toEqual([
    ['fast', 5000, 1],
    ['slow', 0, 1],
    ['none', 0, 0],
  ])
  expect([bestOf(outcomes, 'tps')?.model, bestOf(outcomes, 'ttft_ms')?.model]).toEqual(['fast', 'slow'])
  expect(bestOf(outcomes.slice(2), 'tps')).toBeNull()
})

test('failures that say the same are one, and a call says how it ended', () => {
  const refused = { success: false, status: 401, errorKind: 'auth', message: 'no key' }
  const calls = [call('a'), call('b', refused), call('c', refused), call('d', { ...refused, model: 'gpt-4' })]
  expect(failuresOf(calls).map(({ first, n }) => [first.id, n])).toEqual([
    ['b', 2],
    ['d', 1],
  ])
  expect(endOf(refused)).toBe('401 Unauthorized')
  expect(endOf({ success: false, status: 418, errorKind: 'auth' })).toBe('418')
  expect(endOf({ success: false, status: 200, errorKind: 'timeout_idle' })).toBe('timeout idle')
  expect(endOf({ success: true, status: 200, errorKind: null })).toBe('ok')
})

/** News of a call of a provider. */
const newsOf = (
  [id, provider]: readonly [string, string],
  [text_at, text]: readonly [number, string],
  more: Partial<LiveText['answers'][number]> = {},
): LiveText => ({
  answers: [
    {
      probe: {
        id,
        provider,
        model: 'm',
        region: 'local',
        iteration: 1,
        context_tokens: null,
        warmup: false,
      },
      text_at,
      text,
      reasoning_at: 0,
      reasoning: '',
      thought: 0,
      is_over: false,
      ...more,
    },
  ],
  lost: 0,
})

test('what streams is put together, once, and thinking is told apart from the answer', () => {
  let answers: LiveAnswers = new Map()
  const hearNews = (...news: Parameters<typeof newsOf>) => (answers = withNews(answers, newsOf(...news)))
  hearNews(['a', 'openai'], [0, ''], { reasoning: 'Let me see. ' })
  hearNews(['a', 'openai'], [0, 'Hm. Yes'], { reasoning_at: 12, thought: 4 })
  const [answer] = [...answers.values()]
  expect(answer && told(answer)).toEqual({ thinking: 'Let me see. Hm. ', answer: 'Yes' })
  // A stream that is opened again begins at the beginning.
  hearNews(['a', 'openai'], [0, 'Hm. Yes, it'], { thought: 4 })
  hearNews(['a', 'openai'], [11, ' is.'], { thought: 4 })
  const [again] = [...answers.values()]
  expect(again && told(again).answer).toBe('Yes, it is.')
  // What was lost leaves no wrong sentence.
  hearNews(['a', 'openai'], [900, 'The end.'], { thought: 4 })
  const [late] = [...answers.values()]
  expect(late && told(late).answer).toBe('The end.')
  hearNews(['a', 'openai'], [908, 'z'.repeat(5000)], { thought: 4 })
  expect([...answers.values()][0]?.text).toEqual({ at: 1908, text: 'z'.repeat(4000) })
})

test('a call takes the place of one of its provider that is over, and moves no other', () => {
  let answers: LiveAnswers = new Map()
  for (const [id, provider] of [
    ['a', 'openai'],
    ['b', 'openai'],
    ['c', 'groq'],
  ] as const)
    answers = withNews(answers, newsOf([id, provider], [0, id]))
  answers = withNews(answers, newsOf(['a', 'openai'], [1, ''], { is_over: true }))
  expect([...answers.keys()]).toEqual(['a', 'b', 'c'])
  answers = withNews(answers, newsOf(['d', 'groq'], [0, 'd']))
  answers = withNews(answers, newsOf(['e', 'openai'], [0, 'e']))
  expect([...answers.keys()]).toEqual(['e', 'b', 'c', 'd'])
  // What was in hand when a server ended may have ended with it.
  answers = withNews(cut(answers), newsOf(['b', 'openai'], [0, 'b again']))
  expect([...answers.values()].map(({ isOver }) => isOver)).toEqual([true, false, true, true])
})
