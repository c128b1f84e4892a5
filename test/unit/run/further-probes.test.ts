import { expect, test } from 'vitest'
import { furtherProbes } from '../../../src/run/further-probes.ts'
import { sampleProbe, sampleTarget } from '../../support/samples.ts'

const known = ['a', 'b'].map((nonce, prompt) =>
  sampleProbe(sampleTarget('m'), { level: 0, asks: { nonce, prompt, maxTokens: 9 } }),
)
const at = { level: 1, from: 0, warmups: 1, n: 3, due: [] }
const apart = () => {
  let count = 0
  return { uuid: () => `id-${(count += 1)}`, nonce: () => `n-${(count += 1)}` }
}

test('probes that are added take prompts in turn and begin as they are told', () => {
  const added = furtherProbes(known, at, apart())
  expect(added.map(({ asks }) => asks?.prompt)).toEqual([0, 1, 0])
  const nonces = added.map(({ asks }) => asks?.nonce)
  expect(new Set([...nonces, 'a', 'b']).size).toBe(5)
  expect(new Set(added.flatMap(({ id, resultId }) => [id, resultId])).size).toBe(6)
  expect(added.map(({ iteration, warmup }) => [iteration, warmup])).toEqual([
    [0, true],
    [1, false],
    [2, false],
  ])
})
