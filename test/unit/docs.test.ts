import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { metricsPage } from '../../src/report/metrics-page.ts'

test('docs/metrics.md is what the code says', () => {
  expect(readFileSync('docs/metrics.md', 'utf8')).toBe(metricsPage())
})
