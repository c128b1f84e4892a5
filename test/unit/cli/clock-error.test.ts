import { randomUUID } from 'node:crypto'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import type { App } from '../../../src/jobs/app.ts'
import { run } from '../../../src/cli/run.ts'
import type { RecordedCalibration } from '../../../src/core/calibration.ts'
import { systemClock } from '../../../src/core/clock.ts'
import { createMemoryStore } from '../../../src/store/memory.ts'
import { type Store, StoreError } from '../../../src/store/store.ts'
import { execute } from '../../support/output.ts'
import { testApp } from '../../support/app.ts'
import { openLiveTexts } from '../../../src/run/live-texts.ts'
import { stubStore } from '../../support/stub-store.ts'

const calibration: RecordedCalibration = {
  id: randomUUID(),
  createdAt: new Date(Date.now() - 3 * 86_400_000),
  host: 'here',
  nodeVersion: 'v24.1.0',
  concurrency: 1,
  streams: 300,
  chunks: 3000,
  threads: 0,
  ttftP50Ms: 0.02,
  ttftP95Ms: 0.041,
  ttftP99Ms: 0.1,
  chunkP50Ms: 0.03,
  chunkP95Ms: 0.06,
  chunkP99Ms: 0.124,
}

/**
 * A run of two probes on a machine named `here`, with a store that answers so; how often it was asked, and
 * for whom.
 */
async function ran(answer: Store['latestCalibration'], ...flags: string[]) {
  const asked: unknown[] = []
  const latestCalibration: Store['latestCalibration'] = (input) => {
    asked.push(input)
    return answer(input)
  }
  const timeouts = { connect: 5000, firstToken: 5000, idle: 5000, total: 10_000 }
  const schedule = { name: 'x', cron: '* * * * *' }
  const app: App = {
    env: { SYN_FRAMES: '3', SYN_DELAY_MS: '1' },
    file: null,
    config: {
      fanOut: 0,
      onDemand: { startsPerHour: 20, atOnce: 1 },
      alerts: { channels: [], shadow: [], fallback: null },
      official: null,
      egressAllow: [],
      defaults: {
        prompt: 'Hi',
        maxTokens: 9,
        temperature: 0,
        timeouts,
        order: 'sequential',
        confirm: false,
        budget: null,
        thins: false,
        region: 'local',
        schedule,
      },
      sync: { cron: '0 2 * * 0', heal: false, books: { genaiPricesUrl: null, modelsDevUrl: null } },
      retention: { texts: 14, results: 400, proxy: 30, proxyTexts: 7, archive: null, cron: '0 3 * * 0' },
      logDir: null,
      onVercel: false,
    },
    spool: null,
    sleep: () => Promise.resolve(),
    store: {
      name: 'a store',
      embedded: true,
      open: () => Promise.resolve(stubStore({ ...createMemoryStore(), latestCalibration })),
      listen: null,
    },
    openDatabase: null,
    web: testApp({}, stubStore({})).web,
    proxy: testApp({}, stubStore({})).proxy,
    log: pino({ level: 'silent' }),
    clock: systemClock,
    uuid: randomUUID,
    findPrice: () => Promise.resolve(null),
    owner: 'test',
    host: 'here',
    cronSecret: null,
    ping: () => Promise.resolve(),
    otlp: null,
    texts: openLiveTexts(),
  }
  const ended = await execute(run, ['--synthetic', '--runs', '2', ...flags], { openApp: () => app })
  return { asked, ...ended }
}

const found = () => Promise.resolve({ rows: [calibration] })

test('the last calibration of this machine stands under the results, and is asked for once a run', async () => {
  const { code, asked, stdout } = await ran(found)
  expect({ code, asked }).toEqual({ code: 0, asked: [{ host: 'here' }] })
  expect(stdout).toMatch(
    /recorded in a store\nclock error on this machine: TTFT p95 0\.04 ms, chunks p99 0\.12 ms at 1 stream \(calibrated 3 days ago\)\n$/,
  )
})

test.each(['unavailable', 'missing', 'bug'] as const)(
  'a store in which it is %s disturbs no run',
  async (kind) => {
    const { code, stdout, stderr } = await ran(() => Promise.reject(new StoreError(kind, 'no such function')))
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/2 succeeded, 0 failed in .*, recorded in a store\n$/)
  },
)

test('nobody asks where nothing is shown or nothing is kept', async () => {
  expect(await ran(found, '--quiet')).toMatchObject({ code: 0, asked: [], stdout: '' })
  expect(await ran(found, '--no-save')).toMatchObject({ code: 0, asked: [] })
})

test('with --json it is said beside the document, not in it', async () => {
  const { stdout, stderr } = await ran(found, '--json')
  expect(JSON.parse(stdout)).toHaveProperty('results')
  expect(stderr).toContain('clock error on this machine')
})
