import { expect, test } from 'vitest'
import { finishKinds, finishWords, meaningOf } from '../../../src/probe/finish-reasons.ts'

test.for(finishWords.flatMap(({ meaning, words }) => words.map((word) => [word, meaning] as const)))(
  '%s means %s, in any spelling',
  ([word, meaning]) => {
    for (const spelt of [word, word.toUpperCase(), word.replaceAll('_', '-'), `FinishReason.${word}`])
      expect(meaningOf(spelt)).toBe(meaning)
    expect(meaningOf(`${word}: DETAIL`)).toBe(meaning)
  },
)

test.each([
  ['engine_error', 'failure'],
  ['MALFORMED_RESPONSE', 'failure'],
  ['client-aborted', 'failure'],
  ['request timed out', 'failure'],
  ['guardrail_blocked', 'filter'],
  ['IMAGE_SAFETY', 'filter'],
  ['IMAGE_PROHIBITED_CONTENT', 'filter'],
  ['content_filter: PROHIBITED_CONTENT', 'filter'],
  ['function_call_filter: MALFORMED_FUNCTION_CALL', 'failure'],
  ['FINISH_REASON_STOP', 'end'],
  ['STOP_REASON_END_TURN', 'end'],
  ['toolCalls', 'end'],
  ['context_window_exceeded', 'length'],
  ['max_total_tokens', 'length'],
  ['server_overloaded', 'overloaded'],
  ['QUEUE_FULL', 'overloaded'],
  ['client_disconnected', 'failure'],
  ['engine_dead', 'failure'],
  ['flagged', 'filter'],
  ['content_risk', 'filter'],
  ['length_limit', 'length'],
  ['REASON_MAX_CONTEXT', 'length'],
  ['<|im_end|>', 'end'],
] as const)('%s is of the kind %s', (reason, meaning) => {
  expect(meaningOf(reason)).toBe(meaning)
})

test.each([
  'null',
  '',
  'OTHER',
  'unknown',
  'none',
  'constructor',
  'FINISH_REASON_UNSPECIFIED',
  'stopped?',
  'not_stopped',
])('%j is no finish reason', (reason) => {
  expect(meaningOf(reason)).toBeNull()
})

test('no word stands in two rows, and no kind contradicts the word it contains', () => {
  const words = finishWords.flatMap(({ words: each }) => each)
  expect(new Set(words).size).toBe(words.length)
  const good = finishWords.filter(({ meaning }) => meaning === 'end').flatMap(({ words: each }) => each)
  expect(good.filter((word) => finishKinds.some(({ parts }) => parts.test(word)))).toEqual([])
})
