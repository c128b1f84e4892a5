import { expect, test } from 'vitest'
import { fleetAsked, fleetFlags } from '../../../src/cli/fleet-flags.ts'
import { parseFlags } from '../../../src/cli/parse-flags.ts'

const parsed = (...argv: string[]) => {
  const found = parseFlags(argv, fleetFlags)
  if (found === 'help') throw new Error('help was asked for')
  return 'problem' in found ? found.problem : { ...found.flags, ...fleetAsked(found.flags) }
}

test('without a word it shows the fleet, of all regions or one', () => {
  expect(parsed()).toMatchObject({ command: 'status', region: null, json: false })
  expect(parsed('status', '--region', 'fra', '--json')).toMatchObject({
    command: 'status',
    region: 'fra',
    json: true,
  })
})

test('lanes takes a provider and a number, or default', () => {
  expect(parsed('lanes', 'openai', '8')).toMatchObject({ command: 'lanes', provider: 'openai', lanes: 8 })
  expect(parsed('lanes', 'openai', '64')).toMatchObject({ lanes: 64 })
  expect(parsed('lanes', 'openai', 'default')).toMatchObject({ provider: 'openai', lanes: null })
})

test('capacity takes a wider schedule', () => {
  expect(parsed('capacity')).toMatchObject({ command: 'capacity', targets: null, regions: null, every: null })
  expect(parsed('capacity', '--targets', '10000', '--regions', '3', '--every', '1h')).toMatchObject({
    targets: 10_000,
    regions: 3,
    every: 60,
  })
})

test.each([
  [['lanes'], 'lanes needs a provider and a number from 1 to 64, or default'],
  [['lanes', 'openai'], 'lanes needs a provider and a number from 1 to 64, or default'],
  [['lanes', 'openai', ''], 'lanes needs a provider and a number from 1 to 64, or default'],
  [['lanes', 'openai', '0'], 'lanes needs a provider and a number from 1 to 64, or default, not 0'],
  [['lanes', 'openai', '65'], 'lanes needs a provider and a number from 1 to 64, or default, not 65'],
  [['lanes', 'openai', '1.5'], 'lanes needs a provider and a number from 1 to 64, or default, not 1.5'],
  [['lanes', 'openai', '4', '--region', 'fra'], '--region is not for lanes'],
  [['status', 'fra'], 'status takes no name'],
  [['stop'], 'there is no command stop: status, lanes, capacity'],
  [['capacity', '--targets', '0'], 'must be a whole number from 1 on'],
  [['capacity', '--regions', '1001'], 'must be 1000 at most'],
  [['capacity', '--every', '2d'], 'must be an interval such as 15m, 1h, 6h or 1d'],
  [['capacity', '--region', 'fra'], '--region is not for capacity'],
  [['status', '--every', '15m'], '--every is not for status'],
])('%j is refused', (argv, problem) => {
  expect(parsed(...argv)).toContain(problem)
})
