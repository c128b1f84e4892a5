import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { costOf } from '../../../src/core/price.ts'
import { readUsage } from '../../../src/probe/usage.ts'
import { providers } from '../../../src/registry/providers.ts'
import { openPriceBooks, shippedBooks } from '../../../src/sync/price-books.ts'

const folder = join(process.env['RECORDINGS'] ?? '../shared/recordings', 'streams/openrouter')
const names = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.sse')) : []
const chunk = z.looseObject({ model: z.string(), usage: z.looseObject({ cost: z.number() }) })

/** The last chunk of a recorded stream that says what was charged. */
function chargedIn(file: string) {
  const lines = readFileSync(join(folder, file), 'utf8').split('\n')
  const chunks = lines.flatMap((line) => {
    const data = line.startsWith('data: {') ? chunk.safeParse(JSON.parse(line.slice('data: '.length))) : null
    return data?.success ? [data.data] : []
  })
  return chunks.at(-1)
}

/** Models whose price has stayed what it was when the stream was recorded. */
const steady = [
  'anthropic/claude-4.6-sonnet-20260217',
  'openai/gpt-4o',
  'openai/gpt-4o-mini',
  'google/gemini-2.5-flash-lite',
  'mistralai/codestral-2508',
]
const charged = names.flatMap((file) => {
  const last = chargedIn(file)
  return last !== undefined && steady.includes(last.model) ? [{ file, ...last }] : []
})

describe.skipIf(charged.length === 0)('what a provider charged', () => {
  test.each(charged)('$file: is what we compute from its tokens, to 1e-9', async ({ model, usage }) => {
    const entry = providers.find(({ id }) => id === 'openrouter')
    if (entry === undefined) throw new Error('OpenRouter is not registered')
    const now = new Date('2026-11-26T12:00:00Z')
    const books = await openPriceBooks({ ...shippedBooks, now })
    // The reply names a dated snapshot of the alias that was asked for.
    const alias = model.replace('claude-4.6-sonnet-20260217', 'claude-sonnet-4.6')
    const [price = null] = books.find(entry, alias, now)
    const { chargedUsd, computedUsd } = costOf(readUsage(usage), price, now)
    expect(chargedUsd).toBe(usage.cost)
    expect(Math.abs((computedUsd ?? NaN) / usage.cost - 1)).toBeLessThan(1e-9)
  })
})
