import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { fit, forDiscord, forSlack, forTelegram, inBytes } from '../../../src/alerts/fit.ts'

test('a text that fits stays as it is, and one sign more ends it with an ellipsis', () => {
  expect(fit('12345', { most: 5 })).toBe('12345')
  expect(fit('123456', { most: 5 })).toBe('1234…')
  expect(fit('', { most: 5 })).toBe('')
})

test('what is measured is the escaped text, and no escape is cut', () => {
  expect(fit('&&', { most: 10, escape: forSlack })).toBe('&amp;&amp;')
  expect(fit('&&&', { most: 10, escape: forSlack })).toBe('&amp;…')
  expect(fit('a*', { most: 2, escape: forDiscord })).toBe('a…')
})

test('bytes are counted where bytes are what a receiver counts', () => {
  expect(fit('ééé', { most: 6, measure: inBytes })).toBe('ééé')
  expect(fit('éééé', { most: 7, measure: inBytes })).toBe('éé…')
})

const escapes = [(character: string) => character, forSlack, forDiscord, forTelegram]
const measures = [inBytes, (text: string) => text.length]
/** Surrogates without their half too. */
const anyText = fc.string({
  unit: fc.constantFrom('a', '&', '<', '*', '@', '\\', '😀', 'é', '\uD83D', '\uDE00', '\n'),
})

test('whatever the text: within its limit, whole characters, whole escapes, the beginning of what it would be', () => {
  fc.assert(
    fc.property(
      anyText,
      fc.integer({ min: 3, max: 30 }),
      fc.record({ escape: fc.constantFrom(...escapes), measure: fc.constantFrom(...measures) }),
      (text, most, { escape, measure }) => {
        const whole = Array.from(text.toWellFormed()).map(escape)
        const fitted = fit(text, { most, escape, measure })
        expect(measure(fitted)).toBeLessThanOrEqual(most)
        expect(fitted.isWellFormed()).toBe(true)
        const beginnings = whole.map((_, count) => `${whole.slice(0, count).join('')}…`)
        const isCut = measure(whole.join('')) > most
        expect(isCut ? beginnings : [whole.join('')]).toContain(fitted)
      },
    ),
  )
})
