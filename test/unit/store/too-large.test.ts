import { expect, test } from 'vitest'
import type { JsonObject } from '../../../src/core/json.ts'
import { StoreError, type StoreErrorKind } from '../../../src/store/store.ts'
import { leavingOut } from '../../../src/store/too-large.ts'

const input = {
  result: { id: 'r', response_text: 'hello', notes: ['closed by us'] },
  timeline: { version: 3, data: 'AAAA' },
}

/** Records a result whose first attempts are refused. */
async function record(...kinds: StoreErrorKind[]) {
  const sent: JsonObject[] = []
  const call = leavingOut(async (_, given) => {
    sent.push(given)
    const kind = kinds[sent.length - 1]
    if (kind !== undefined) throw new StoreError(kind, 'no')
    return { recorded: true }
  })
  const output = await call('record_result', input).catch((error: unknown) => error)
  return { output, sent }
}

const note = (what: string) => `recorded without ${what}: too large for the database or its gateway`

test('a result that fits is sent as it is', async () => {
  expect(await record()).toEqual({ output: { recorded: true }, sent: [input] })
})

test('what is too large is left out part by part, and named', async () => {
  const { output, sent } = await record('too_large', 'too_large')
  expect(output).toEqual({ recorded: true, left_out: ['timeline', 'response_text'] })
  expect(sent.slice(1)).toEqual([
    { result: { ...input.result, notes: ['closed by us', note('timeline')] }, timeline: null },
    {
      result: {
        id: 'r',
        response_text: null,
        notes: ['closed by us', note('timeline and response_text')],
      },
      timeline: null,
    },
  ])
})

test('a row that is too large by itself, or refused otherwise, is refused', async () => {
  const tooLarge = await record('too_large', 'too_large', 'too_large')
  expect(tooLarge).toMatchObject({ output: { kind: 'too_large' }, sent: { length: 3 } })
  expect(await record('invalid')).toMatchObject({ output: { kind: 'invalid' }, sent: [input] })
  expect(await record('too_large', 'denied')).toMatchObject({
    output: { kind: 'denied' },
    sent: { length: 2 },
  })
})
