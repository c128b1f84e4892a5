import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { fleetFamilies } from '../../../src/report/fleet-families.ts'
import { familiesOf } from '../../../src/report/metric-families.ts'
import { exposition } from '../../../src/report/prometheus.ts'
import { sampleFleet } from '../../support/fleet-sample.ts'
import { monitoring } from '../../support/monitoring.ts'

// Debian's package `prometheus` has promtool; where it is missing, these are counted as skipped.
const promtool = (args: string[], input = '') => spawnSync('promtool', args, { input, encoding: 'utf8' })
const isMissing = promtool(['--version']).status !== 0
const why = 'promtool is not installed'

test('promtool finds nothing to mend in /metrics', ({ skip }) => {
  skip(isMissing, why)
  const { status, stdout, stderr } = promtool(
    ['check', 'metrics'],
    exposition([...familiesOf(monitoring(), false), ...fleetFamilies(sampleFleet())], 'text'),
  )
  expect([status, stdout, stderr]).toEqual([0, '', ''])
})

test('promtool accepts the alert rules', ({ skip }) => {
  skip(isMissing, why)
  expect(promtool(['check', 'rules', 'docs/grafana/alerts.yaml'])).toMatchObject({ status: 0 })
})

test.for(['alerts-test', 'alerts-days-test', 'alerts-proxy-test', 'alerts-fleet-test'])(
  'each alert fires when it should: %s',
  (name, { skip }) => {
    skip(isMissing, why)
    const { status, stdout, stderr } = promtool(['test', 'rules', `test/support/prometheus/${name}.yaml`])
    expect([status, stdout + stderr]).toEqual([0, expect.stringContaining('SUCCESS')])
  },
)
