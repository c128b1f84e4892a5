import { expect, test } from 'vitest'
import { judgeProvider } from '../../../src/alerts/judge-provider.ts'
import type { ProviderWindow, SeenTarget, WatchedState } from '../../../src/alerts/window.ts'
import { ago, incidentOf, inShort, quietProvider, quietTarget } from '../../support/windows.ts'

const targetOf = (name: string, state: WatchedState, change: Partial<SeenTarget> = {}): SeenTarget => ({
  scope: `target/${name}/local`,
  targetId: name,
  model: `model ${name}`,
  state,
  since: ago(20),
  inMaintenance: false,
  down: null,
  ...change,
})
const downOf = (name: string, change = {}) =>
  incidentOf({ ...quietTarget, scope: `target/${name}/local` }, 'down', { id: `down ${name}`, ...change })
const judge = (targets: SeenTarget[], change: Partial<ProviderWindow> = {}) =>
  inShort(judgeProvider({ ...quietProvider, targets, ...change }))
const a = targetOf('a', 'down', { down: downOf('a', { firstBadAt: ago(50) }) })
const b = targetOf('b', 'down', { down: downOf('b', { firstBadAt: ago(40) }) })
const up = (name: string) => targetOf(name, 'up')

test('two targets, which are half of all, open it and become its children', () => {
  const targets = [a, up('c'), b, up('d')]
  expect(judgeProvider({ ...quietProvider, targets })).toMatchObject([
    {
      do: 'open',
      scope: 'provider/openai',
      kind: 'provider_wide',
      severity: 'critical',
      firstBadAt: ago(50),
      evidence: { down: 2, targets: 4, models: ['model a', 'model b'] },
    },
    { do: 'adopt', incident: { id: 'down a' }, parentScope: 'provider/openai' },
    { do: 'adopt', incident: { id: 'down b' }, parentScope: 'provider/openai' },
  ])
})

test.each<[string, SeenTarget[]]>([
  ['the only target', [a]],
  ['one of two', [a, up('b')]],
  ['two of five', [a, b, up('c'), up('d'), targetOf('e', 'failing')]],
  ['one target in two regions', [a, { ...a, scope: 'target/a/eu', down: null }]],
  ['one, and one in maintenance', [a, { ...b, inMaintenance: true }]],
  ['none', []],
])('%s opens nothing', (_, targets) => {
  expect(judge(targets)).toEqual([])
})

test('targets of which nothing is known, or that are switched off, are not counted', () => {
  const others = [targetOf('c', 'stale'), targetOf('d', 'unknown'), targetOf('e', 'paused'), up('f')]
  expect(judge([a, b, ...others])).toEqual(['open provider_wide', 'adopt down', 'adopt down'])
})

test('the state down counts before its incident is open', () => {
  expect(judge([targetOf('a', 'down'), targetOf('b', 'down')])).toEqual(['open provider_wide'])
})

const wide = incidentOf(quietProvider, 'provider_wide')
const child = { ...a, down: downOf('a', { parentId: wide.id }) }

test('while it is open it adopts what goes down, each once', () => {
  expect(judge([child, b, up('c'), up('d'), up('e')], { open: [wide] })).toEqual(['adopt down'])
  expect(judge([child, up('c'), up('d')], { open: [wide] })).toEqual([])
})

test('it is resolved when no target is down any more', () => {
  expect(judge([up('a'), up('b')], { open: [wide] })).toEqual(['resolve provider_wide: recovered'])
  expect(judge([targetOf('a', 'stale', { down: child.down }), up('b')], { open: [wide] })).toEqual([])
  expect(judge([{ ...child, inMaintenance: true }, up('b')], { open: [wide] })).toEqual([])
  expect(judge([targetOf('a', 'paused')], { open: [wide] })).toEqual(['resolve provider_wide: gone'])
})

test('maintenance of the whole provider opens, adopts and resolves nothing', () => {
  expect(judge([a, b], { inMaintenance: true })).toEqual([])
  expect(judge([up('a')], { inMaintenance: true, open: [wide] })).toEqual([])
})

test('resolved by hand, it opens again when another target goes down', () => {
  const past = (at: Date) =>
    ({
      past: {
        provider_wide: { opened: 1, last: { resolvedAt: at, reason: 'by_hand', severity: 'critical' } },
      },
    }) as const
  expect(judge([a, b], past(ago(30)))).toEqual([])
  expect(judge([a, b], past(ago(45)))).toEqual(['open provider_wide', 'adopt down', 'adopt down'])
})
