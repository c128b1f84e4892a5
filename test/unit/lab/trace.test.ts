import { expect, test } from 'vitest'
import { parseTrace } from '../../../src/lab/trace.ts'

test('our own lines are read, in order of time, from the first request on', () => {
  const text = `{"t_ms": 1500, "input_tokens": 20, "output_tokens": 5}

{"t_ms": 1000.5, "input_tokens": 10, "output_tokens": 4, "hash_ids": ["a", 7]}
`
  expect(parseTrace(text)).toEqual({
    format: 'firsttoken',
    requests: [
      { at: 0, inputTokens: 10, outputTokens: 4, blocks: ['a', '7'] },
      { at: 499.5, inputTokens: 20, outputTokens: 5, blocks: [] },
    ],
    failed: 0,
  })
})

test("Mooncake's lines are read with their blocks", () => {
  const text = '{"timestamp": 27482, "input_length": 6955, "output_length": 52, "hash_ids": [46, 47, 48]}\n'
  expect(parseTrace(text)).toEqual({
    format: 'mooncake',
    requests: [{ at: 0, inputTokens: 6955, outputTokens: 52, blocks: ['46', '47', '48'] }],
    failed: 0,
  })
})

test.each([
  ['of 2023, without a zone', '2023-11-16 18:15:46.6805900', '2023-11-16 18:15:50.9951690'],
  ['of 2024, with one', '2024-05-10 00:00:00.6805900+00:00', '2024-05-10 00:00:04.9951690+00:00'],
])("Azure's lines %s are read to the tenth of a microsecond", (_, first, second) => {
  const trace = parseTrace(
    `TIMESTAMP,ContextTokens,GeneratedTokens\r\n${first},374,44\r\n${second},396,109\r\n`,
  )
  expect(trace).toMatchObject({
    format: 'azure',
    requests: [{ at: 0, inputTokens: 374 }, { outputTokens: 109 }],
  })
  if ('problem' in trace) throw new Error(trace.problem)
  expect(trace.requests[1]?.at).toBeCloseTo(4314.579, 3)
})

test("BurstGPT's failed rows are left out and counted", () => {
  const text = `Timestamp,Session ID,Elapsed time,Model,Request tokens,Response tokens,Total tokens,Log Type
5,1,2.5,ChatGPT,472,18,490,Conversation log
45,2,0.1,GPT-4,1087,0,1087,API log
118.5,3,9,GPT-4,417,276,693,API log`
  expect(parseTrace(text)).toEqual({
    format: 'burstgpt',
    requests: [
      { at: 0, inputTokens: 472, outputTokens: 18, blocks: [] },
      { at: 113_500, inputTokens: 417, outputTokens: 276, blocks: [] },
    ],
    failed: 1,
  })
})

test.each([
  ['', /empty/],
  ['a,b,c\n1,2,3', /no known trace/],
  ['{"time": 4}', /no known trace/],
  [
    '{"t_ms": 1, "input_tokens": 1, "output_tokens": 1}\n{"t_ms": "x"}',
    /^line 2: t_ms must be a time in ms, of 0 or more$/,
  ],
  ['{"t_ms": 1e400, "input_tokens": 1, "output_tokens": 1}', /^line 1: t_ms must be a time/],
  [
    '{"t_ms": 1, "input_tokens": 1, "output_tokens": 0}',
    /^line 1: output_tokens must be a whole number from 1 to 1000000$/,
  ],
  [
    '{"t_ms": 1, "input_tokens": 1, "output_tokens": 1, "hash_ids": [{}]}',
    /^line 1: hash_ids must be a list/,
  ],
  ['{"t_ms": 1, "input_tokens": 1, "output_tokens": 1}\n\nnonsense', /^line 3: it is no object of JSON$/],
  ['TIMESTAMP,ContextTokens,GeneratedTokens\nyesterday,1,2', /^line 2: TIMESTAMP is 'yesterday'/],
  ['TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46,many,2', /^line 2: ContextTokens/],
  ['Timestamp,Model,Request tokens,Response tokens\n5,GPT-4,10,0', /no request/],
])('%j is refused with the line that is wrong', (text, problem) => {
  expect(parseTrace(text)).toEqual({ problem: expect.stringMatching(problem) })
})
