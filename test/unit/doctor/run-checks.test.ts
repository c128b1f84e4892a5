import { expect, test, vi } from 'vitest'
import type { Check } from '../../../src/core/check.ts'
import { systemClock } from '../../../src/core/clock.ts'
import { runChecks } from '../../../src/doctor/checks.ts'
import type { DoctorParts, InspectedInstallation } from '../../../src/doctor/parts.ts'
import { StoreError } from '../../../src/store/store.ts'
import { noFleet, sampleFleet } from '../../support/fleet-sample.ts'
import { stubStore } from '../../support/stub-store.ts'

const now = new Date('2026-11-26T10:07:00.000Z')

const health = { lastFinishedAt: now, lastStatus: 'finished', lastSyncedAt: now, now } as const

const at = now.toISOString()
const upkeep = {
  now: at,
  pruned_until: null,
  leaderboards: [{ period: '24h' as const, refreshed_at: at, rankable_since: at }],
  kept: [],
  bytes: 0,
}

const installation: InspectedInstallation = {
  store: {
    name: 'a store',
    embedded: false,
    open: () =>
      Promise.resolve(
        stubStore({
          readHealth: () => Promise.resolve(health),
          readUpkeep: () => Promise.resolve(upkeep),
          readChannels: () => Promise.resolve({ rows: [] }),
          readFleet: () => Promise.resolve(noFleet),
          listProxyTokens: () => Promise.resolve({ rows: [] }),
          listProxyRequests: () => Promise.resolve({ rows: [], next: null }),
          rederiveResults: () => Promise.resolve({ updated: 0 }),
        }),
      ),
  },
  openDatabase: null,
  schedule: { name: 'benchmark', cron: '*/15 * * * *' },
  retention: { texts: 14, results: 400, proxy: 30, proxyTexts: 7, archive: null, cron: '40 3 * * *' },
  sync: { cron: '0 4 * * 1' },
  alerts: { channels: [], fallback: null },
  egressAllow: [],
  proxy: { isOn: false, host: '127.0.0.1', port: 1 },
  spool: null,
  logDir: null,
  onVercel: false,
  cronSecret: null,
}

const env = { OPENAI_API_KEY: 'sk-a-key-that-nobody-may-see' }

async function checked(given: DoctorParts['installation']) {
  const parts = {
    installation: given,
    env,
    nodeVersion: 'v24.1.0',
    clock: { ...systemClock, date: () => now },
  }
  const checks: Check[] = []
  for await (const check of runChecks(parts)) checks.push(check)
  return checks
}

const down = (
  kind: 'unavailable' | 'missing',
  message: string,
  code: string | null = null,
): InspectedInstallation => ({
  ...installation,
  store: { ...installation.store, open: () => Promise.reject(new StoreError(kind, message, { code })) },
})

test('every part is checked, in order, and the store is opened once', async () => {
  const open = vi.fn<InspectedInstallation['store']['open']>(installation.store.open)
  const checks = await checked({ ...installation, store: { ...installation.store, open } })
  expect(checks.map(({ name, state }) => `${name} ${state}`)).toEqual([
    'environment ok',
    'node ok',
    'providers ok',
    'log ok',
    'store ok',
    'migrations ok',
    'clock ok',
    'schedule ok',
    'leaderboards ok',
    'pruning ok',
    'model sync ok',
    'channels ok',
  ])
  expect(open).toHaveBeenCalledTimes(1)
})

test('a fleet is checked if there is one', async () => {
  const open = async () => ({
    ...(await installation.store.open()),
    readFleet: () => Promise.resolve(sampleFleet()),
  })
  const checks = await checked({ ...installation, store: { ...installation.store, open } })
  expect(checks.at(-1)).toMatchObject({ name: 'fleet', state: 'ok' })
})

test('a check is skipped if what it needs is missing', async () => {
  const names = async (given: DoctorParts['installation']) => (await checked(given)).map(({ name }) => name)
  const always = ['environment', 'node', 'providers']
  expect(await names({ problems: ['A: is wrong'] })).toEqual(always)
  expect(await names(down('unavailable', 'refused'))).toEqual([...always, 'log', 'store'])
  expect(await names(down('missing', 'no such address'))).toEqual([...always, 'log', 'store'])
  expect(await names(down('missing', 'no function', 'PGRST202'))).toEqual([
    ...always,
    'log',
    'store',
    'migrations',
  ])
})

test('a store that answers and cannot be written has failed, and the rest is still checked', async () => {
  const readOnly = new StoreError('bug', 'cannot execute UPDATE in a read-only transaction', {
    code: '25006',
  })
  const open = async () => ({
    ...(await installation.store.open()),
    rederiveResults: () => Promise.reject(readOnly),
  })
  const checks = await checked({ ...installation, store: { ...installation.store, open } })
  expect(checks.find(({ name }) => name === 'store')).toMatchObject({
    state: 'fail',
    message: expect.stringContaining('answers, but nothing can be written: cannot execute') as string,
    todo: expect.stringContaining('make it writable') as string,
  })
  expect(checks.map(({ name }) => name)).toContain('schedule')
})

test('no check holds a secret of the environment, whoever put it there', async () => {
  const text = JSON.stringify(await checked(down('unavailable', `cannot use ${env.OPENAI_API_KEY}`)))
  expect(text).toContain('cannot use [key]')
  expect(text).not.toContain(env.OPENAI_API_KEY)
})
