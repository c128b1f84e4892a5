import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { JobStarters } from '../../../src/cli/job-starters.ts'
import { keepSchedule } from '../../../src/cli/keep-schedule.ts'
import type { Streams } from '../../../src/cli/streams.ts'
import { scheduleOf } from '../../../src/jobs/schedule.ts'
import type { App } from '../../../src/jobs/app.ts'
import { openSpool } from '../../../src/store/spool.ts'
import { StoreError } from '../../../src/store/store.ts'
import { testApp } from '../../support/app.ts'
import { stubStore } from '../../support/stub-store.ts'

const minute = 60_000
let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'firsttoken-schedule-'))
})
afterEach(() => rmSync(dir, { recursive: true }))

/** What was spooled: slot and reason. */
const spooled = () =>
  readdirSync(dir)
    .flatMap((name) => readFileSync(join(dir, name), 'utf8').trim().split('\n'))
    .map((line) => JSON.parse(line) as { name: string; input: { run: { slot: string }; reason: string } })
    .map(({ name, input }) => [name, input.run.slot.slice(11, 16), input.reason].join(' '))
    .toSorted()

/** A schedule on a machine whose clock and alarms a test moves by hand. */
function keep(benchmark: JobStarters['benchmark'], more: Partial<App> = {}) {
  let now = 0
  let date = Date.parse('2026-11-30T10:05:00.000Z')
  let alarm: { at: number; wake: () => void } | null = null
  const lines: string[] = []
  const log = pino({ base: null }, { write: (line: string) => void lines.push(JSON.parse(line).msg) })
  const clock = { now: () => now, date: () => new Date(date) }
  const app = testApp({}, stubStore({}), { clock, log, spool: openSpool(dir), ...more })
  const streams = { stdout: new PassThrough(), stderr: new PassThrough() } as unknown as Streams
  const begun: string[] = []
  const starters: JobStarters = {
    benchmark: (slot, end) => {
      begun.push(slot.toISOString().slice(11, 16))
      return benchmark(slot, end)
    },
    'sync-models': () => Promise.resolve(0),
    prune: () => Promise.resolve(0),
    leaderboards: () => Promise.resolve(0),
  }
  const kept = keepSchedule(scheduleOf(app.config), {
    starters,
    streams,
    app,
    setAlarm: ({ inMs }, wake) => {
      const mine = { at: now + inMs, wake }
      alarm = mine
      return () => {
        if (alarm === mine) alarm = null
      }
    },
  })
  const settle = async () => {
    for (let turn = 0; turn < 5; turn += 1) await setImmediate()
  }
  return {
    kept,
    begun,
    lines,
    /** Lets time go by, and every alarm ring on time. */
    pass: async (ms: number) => {
      await settle()
      for (const end = now + ms; now < end; await settle()) {
        const next = Math.min(end, alarm?.at ?? end)
        date += next - now
        now = next
        if (alarm !== null && alarm.at <= now) alarm.wake()
      }
    },
    stop: () => process.emit('SIGTERM'),
  }
}

test('every slot begins once, and a signal ends an idle schedule at once', async () => {
  const { kept, begun, pass, stop } = keep(() => Promise.resolve(0))
  await pass(40 * minute)
  expect(begun).toEqual(['10:00', '10:15', '10:30', '10:45'])
  stop()
  expect(await kept).toBe(0)
})

test('a slot whose job fails, is refused or passes meanwhile is filed as missed with the reason', async () => {
  const outcomes = [
    () => Promise.reject(new TypeError('a fault of ours')),
    () => Promise.resolve({ problem: 'no provider is configured' }),
    () => Promise.reject(new StoreError('denied', 'the key is wrong')),
    () => Promise.resolve(1),
  ]
  const { kept, pass, stop } = keep(() => (outcomes.shift() ?? (() => Promise.resolve(0)))())
  await pass(45 * minute)
  stop()
  await kept
  expect(spooled()).toEqual([
    'file_missed 10:00 the benchmark failed: a fault of ours',
    'file_missed 10:15 the benchmark could not begin: no provider is configured',
    'file_missed 10:30 the benchmark failed: the key is wrong',
  ])
})

test('a slot that no disk takes is filed in the database at once', async () => {
  const file = join(dir, 'a file')
  writeFileSync(file, '')
  const delivered: unknown[] = []
  const store = stubStore({
    deliver: ({ name, input }) => {
      delivered.push([name, input])
      return Promise.resolve()
    },
  })
  const { kept, pass, stop, lines } = keep(() => Promise.resolve({ problem: 'no provider is configured' }), {
    spool: openSpool(file),
    store: { name: 'a store', embedded: false, open: () => Promise.resolve(store), listen: null },
  })
  await pass(minute)
  stop()
  await kept
  const run = { schedule: 'benchmark', slot: '2026-11-30T10:00:00.000Z' }
  const reason = 'the benchmark could not begin: no provider is configured'
  expect(delivered).toMatchObject([['file_missed', { run, reason }]])
  expect(lines.join('\n')).toContain('nothing can be spooled')
})

test('a job in hand is finished after a signal, and nothing else begins', async () => {
  const { promise, resolve } = Promise.withResolvers<number>()
  const { kept, begun, pass, stop, lines } = keep(() => promise)
  await pass(17 * minute)
  stop()
  await pass(minute)
  resolve(0)
  expect(await kept).toBe(0)
  expect(begun).toEqual(['10:00'])
  expect(lines).toEqual([])
  expect(spooled()).toEqual([])
})

test('a job that is stuck is ended, which the log and the exit code say, and the schedule goes on', async () => {
  const ended: string[] = []
  const { kept, begun, pass, stop, lines } = keep((slot, end) =>
    slot.toISOString().includes('10:15')
      ? Promise.resolve(0)
      : new Promise((resolve) => {
          end.addEventListener('abort', () => {
            ended.push(slot.toISOString())
            resolve(0)
          })
        }),
  )
  // Ten minutes to the next slot, two probes of two minutes, five minutes to spare.
  await pass(19 * minute - 1)
  expect(ended).toEqual([])
  await pass(2)
  expect(ended).toEqual(['2026-11-30T10:00:00.000Z'])
  expect(lines.join('\n')).toContain('the benchmark of 2026-11-30T10:00:00.000Z takes too long and is ended')
  expect(begun).toEqual(['10:00', '10:15'])
  // Which the database, and so its health, learns from the next run.
  expect(spooled()).toEqual(['file_missed 10:00 the benchmark took too long and was ended by the scheduler'])
  stop()
  expect(await kept).toBe(4)
})

test('a job that does not end when it is told to is given up, and the schedule ends without it', async () => {
  const { kept, begun, pass, stop, lines } = keep((slot) =>
    slot.toISOString().includes('10:15') ? Promise.resolve(0) : new Promise(() => undefined),
  )
  await pass(20 * minute)
  expect(begun).toEqual(['10:00', '10:15'])
  expect(lines.join('\n')).toContain('did not end and is given up')
  stop()
  expect(await kept).toBe(4)
})

test('a job that is stuck when the schedule is to end does not keep it for long', async () => {
  const { kept, pass, stop } = keep(() => new Promise(() => undefined))
  await pass(minute)
  stop()
  await pass(4 * minute)
  expect(await kept).toBe(4)
})
