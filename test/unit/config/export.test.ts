import { parse } from 'yaml'
import { expect, test } from 'vitest'
import { exportConfig } from '../../../src/config/export.ts'
import type { ConfigKind } from '../../../src/store/config-codec.ts'

/** A row as the database has it. */
const row = (kind: ConfigKind, key: string, value: object) => ({
  kind,
  key,
  value: value as Record<string, never>,
  owned: false,
})
const target = (provider: string) =>
  row('target', `${provider}/m`, {
    provider,
    model: 'm',
    parameters: { reasoning: 'least' },
    region: null,
    active: true,
    limits: {},
    slo: {},
  })
const window = (scope: string) =>
  row('maintenance', scope, { name: scope, scope, cron: '0 3 * * 0', duration_minutes: 5, time_zone: 'UTC' })

test('what is made up is in no file, because no file may name its provider', () => {
  const items = [
    target('synthetic'),
    target('synthetic-2'),
    window('target/synthetic/m region=eu'),
    window('provider/synthetic'),
    window('provider/synthetic-2'),
  ]
  const { targets, maintenance } = parse(exportConfig({ hash: null, items })) as {
    targets: unknown
    maintenance: { scope: string }[]
  }
  expect(targets).toEqual([{ model: 'synthetic-2/m' }])
  expect(maintenance.map(({ scope }) => scope)).toEqual(['provider/synthetic-2'])
  expect(exportConfig({ hash: null, items: [target('synthetic')] })).toMatch(/^# the database has nothing/)
})
