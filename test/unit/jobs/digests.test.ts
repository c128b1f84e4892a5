import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { openAlerting } from '../../../src/jobs/alerting.ts'
import { queueDigests, weekInput } from '../../../src/jobs/digests.ts'
import { keepAlerts } from '../../../src/jobs/keep-alerts.ts'
import { startSync } from '../../../src/jobs/sync.ts'
import { configuredProviders } from '../../../src/registry/configure.ts'
import type { WeekInput } from '../../../src/store/alert-store.ts'
import { openSpool } from '../../../src/store/spool.ts'
import { type Store, StoreError } from '../../../src/store/store.ts'
import { testApp } from '../../support/app.ts'
import { stubStore } from '../../support/stub-store.ts'

/** A store that is asked to queue digests, and what it was asked and did. */
function asked(queued = 0, skipped = 0) {
  const calls: Omit<WeekInput, 'week'>[] = []
  const did: string[] = []
  const store: Store = stubStore({
    queueDigests: (input) => {
      calls.push(input)
      did.push('queue')
      return Promise.resolve({ week: '2026-W48', queued, skipped })
    },
    saveChannels: () => {
      did.push('save')
      return Promise.resolve({ added: [], gone: [] })
    },
    claimDeliveries: () => {
      did.push('tell')
      return Promise.resolve({ rows: [], traffic: [], now: new Date(0) })
    },
    close: () => Promise.resolve(),
  })
  return { store, calls, did }
}

/** A log whose lines are kept. */
function kept() {
  const lines: string[] = []
  return { lines, log: pino({ level: 'warn' }, { write: (line) => void lines.push(line) }) }
}

test('the last week is asked for with the budget, and what waits on this disk', () => {
  const dir = mkdtempSync(join(tmpdir(), 'firsttoken-spool-'))
  const at = new Date('2026-11-30T06:00:00Z')
  const clock = { now: () => 0, date: () => at }
  const app = testApp({ BUDGET_USD_PER_MONTH: '50' }, asked().store, { clock, spool: openSpool(dir) })
  for (const name of ['a.ndjson', 'b.ndjson', 'c.ndjson.rejected']) writeFileSync(join(dir, name), '{}\n')
  expect(weekInput(app)).toEqual({ week: '2026-W48', limitUsd: 50, nUnkept: 3 })
  rmSync(dir, { recursive: true })
  expect(weekInput(testApp({}, asked().store, { clock }), '2026-W01')).toEqual({
    week: '2026-W01',
    limitUsd: null,
    nUnkept: null,
  })
})

test('whether there is something to send is told; a week that is too late is logged; a database that fails, too', async () => {
  const { lines, log } = kept()
  const queue = (store: Store) => queueDigests(store, testApp({}, store, { log }))
  expect(await queue(asked(2).store)).toBe(true)
  expect(await queue(asked(0).store)).toBe(false)
  expect(lines).toEqual([])
  expect(await queue(asked(0, 1).store)).toBe(false)
  expect(lines.splice(0).join()).toMatch(/digest_skipped.*nobody is told of 2026-W48: nothing ran/)
  const gone = () => Promise.reject(new StoreError('unavailable', 'the database is gone'))
  expect(await queue(stubStore({ queueDigests: gone }))).toBe(false)
  expect(lines.join()).toContain('the database is gone')
})

test('a server looks whether a digest is due when it starts, and then once an hour', async () => {
  const clock = { ms: 0 }
  const stop = new AbortController()
  const looked: number[] = []
  const store = stubStore({
    queueDigests: () => {
      looked.push(clock.ms / 60_000)
      return Promise.resolve({ week: '2026-W48', queued: 0, skipped: 0 })
    },
    close: () => Promise.resolve(),
  })
  const app = testApp({}, store, {
    clock: { now: () => clock.ms, date: () => new Date(clock.ms) },
    sleep: (ms) => {
      clock.ms += ms
      if (clock.ms > 150 * 60_000) stop.abort()
      return Promise.resolve()
    },
  })
  await keepAlerts(app, stop.signal)
  expect(looked).toEqual([0, 60, 120])
})

test('the end of a scheduled run queues digests, between saving channels and telling; a run by hand does not', async () => {
  const scheduled = asked()
  const finish = (store: Store, saves: boolean) =>
    openAlerting(store, testApp({}, store), { inThreads: false, saves }).finish(1000)
  await finish(scheduled.store, true)
  expect(scheduled.did).toEqual(['save', 'queue', 'tell'])
  const manual = asked()
  await finish(manual.store, false)
  expect(manual.did).toEqual(['tell'])
})

test('a sync queues digests when it closes, and sends what there is; a dry run does not', async () => {
  const sync = async (store: Store, dryRun: boolean) => {
    const env = {
      LLM_BASE_URL: 'http://127.0.0.1:9/v1',
      LLM_MODEL: 'm',
      GENAI_PRICES_URL: 'off',
      MODELS_DEV_URL: 'off',
    }
    const { providers: configured } = configuredProviders(env)
    const flags = { heal: false, acceptShrunk: false, stop: AbortSignal.abort() }
    const started = await startSync({ configured, trigger: 'cron', dryRun, ...flags }, testApp(env, store))
    if ('refusal' in started) throw new Error(started.refusal.message)
    await started.close()
  }
  const due = asked(1)
  await sync(due.store, false)
  expect(due.did).toEqual(['queue', 'tell'])
  const none = asked(0)
  await sync(none.store, false)
  expect(none.did).toEqual(['queue'])
  const dry = asked(1)
  await sync(dry.store, true)
  expect(dry.did).toEqual([])
})
