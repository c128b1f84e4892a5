import { expect, test } from 'vitest'
import { within } from '../../../src/run/within.ts'

const late = new Error('late')

test('what comes in time is what it is, and nothing is left running', async () => {
  await expect(within(Promise.resolve(1), 60_000, late)).resolves.toBe(1)
  await expect(within(Promise.reject(new Error('no')), 60_000, late)).rejects.toThrow('no')
})

test('what never comes is late', async () => {
  await expect(within(new Promise(() => undefined), 1, late)).rejects.toBe(late)
})
