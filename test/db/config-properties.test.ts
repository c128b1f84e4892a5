import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { exportConfig } from '../../src/config/export.ts'
import { applyTo as apply, changesOf as diff, configFileOf as fileOf } from '../support/config-files.ts'
import { openedTransport } from '../support/opened-transport.ts'
import { transport } from '../support/transports.ts'

describe.each(transport('Postgres 17'))('files over $name', ({ open }) => {
  const { store } = openedTransport(open)

  test('what diff tells is what apply does, whatever two files say', async () => {
    const names = ['openai/a', 'openai/b', 'groq/a'] as const
    const target = fc.record(
      {
        model: fc.constantFrom(...names),
        region: fc.constantFrom('eu', 'us'),
        active: fc.boolean(),
        every: fc.constantFrom('15m', '1d'),
        limits: fc.constantFrom({}, { ttft_ms: 900 }),
        slo: fc.constantFrom(
          {},
          { availability: 0.999 },
          { days: 7, latency: { within_ms: 900, share: 0.9 } },
        ),
      },
      { requiredKeys: ['model'] },
    )
    const price = fc.record({
      model: fc.constantFrom(...names),
      input: fc.integer({ min: 0, max: 3 }),
      output: fc.constant(1),
    })
    const channel = fc.record({
      name: fc.constantFrom('a', 'b'),
      kind: fc.constant('slack'),
      weekly: fc.boolean(),
      secrets: fc.constantFrom({ url: 'ALERT_SECRET_A' }, { url: 'ALERT_SECRET_B' }),
    })
    const component = fc.record(
      { key: fc.constantFrom('openai', 'groq'), hidden: fc.constant(true), name: fc.constantFrom('A', 'B') },
      { requiredKeys: ['key', 'hidden'] },
    )
    const rules = fc.record(
      {
        slow: fc.record({ ratio: fc.constantFrom(1.3, 2) }),
        errors: fc.record({ failed: fc.constantFrom(2, 3) }),
      },
      { requiredKeys: [] },
    )
    const prompt = fc.record({
      name: fc.constantFrom('a', 'b'),
      category: fc.constantFrom('qa', 'other'),
      text: fc.constantFrom('x', 'y\n'),
    })
    const document = fc.record(
      {
        rules,
        prompts: fc.uniqueArray(prompt, { maxLength: 2, selector: ({ name }) => name }),
        components: fc.uniqueArray(component, { maxLength: 2, selector: ({ key }) => key }),
        targets: fc.uniqueArray(target, {
          maxLength: 4,
          selector: ({ model, region }) => `${model} ${region}`,
        }),
        prices: fc.uniqueArray(price, { maxLength: 3, selector: ({ model }) => model }),
        channels: fc.uniqueArray(channel, { maxLength: 2, selector: ({ name }) => name }),
      },
      { requiredKeys: [] },
    )
    await fc.assert(
      fc.asyncProperty(document, fc.boolean(), async (content, prune) => {
        const planned = await diff(store, content, prune)
        const { changes } = await apply(store, content, { prune })
        expect(changes).toEqual(planned)
        expect((await diff(store, content, prune)).filter(({ change }) => change !== 'released')).toEqual([])
        const items = fileOf(content).items.map(({ kind, value }) => ({ kind, value }))
        const owned = (await store.readConfig()).items.filter((each) => each.owned)
        expect(owned.map(({ kind, value }) => ({ kind, value }))).toEqual(expect.arrayContaining(items))
        expect(owned).toHaveLength(items.length)
        expect(await diff(store, exportConfig(await store.readConfig()))).toSatisfy(
          (left: { change: string }[]) => left.every(({ change }) => change === 'taken'),
        )
      }),
      { numRuns: 12 },
    )
  })
})
