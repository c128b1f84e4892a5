import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { fileGap } from '../../../src/jobs/file-gap.ts'
import { openSpool } from '../../../src/store/spool.ts'
import { StoreError } from '../../../src/store/store.ts'
import { testApp } from '../../support/app.ts'
import { stubStore } from '../../support/stub-store.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'firsttoken-gap-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const quarterly = { name: 'benchmark', cron: '*/15 * * * *' }
const at = (time: string) => new Date(`2026-11-29T${time}:00Z`)

/** The slots that are filed, with their reasons, if the database knows slots up to this one. */
async function filed(lastSlot: Date | null | StoreError, slot: Date) {
  const readHealth = () =>
    lastSlot instanceof StoreError
      ? Promise.reject(lastSlot)
      : Promise.resolve({ lastFinishedAt: null, lastStatus: null, lastSlot, now: slot })
  const app = testApp({}, stubStore({ readHealth, close: () => Promise.resolve() }), {
    spool: openSpool(dir),
  })
  const known = await fileGap(quarterly, slot, app)
  const calls = readdirSync(dir).flatMap((name) =>
    readFileSync(join(dir, name), 'utf8')
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { input: { run: { slot: string }; reason: string } }).input),
  )
  return { known, calls: calls.map(({ run, reason }) => [run.slot.slice(11, 16), reason]) }
}

test('the slots since the last one that the database knows are filed as missed', async () => {
  expect(await filed(at('09:15'), at('10:15'))).toEqual({
    known: true,
    calls: ['09:30', '09:45', '10:00'].map((slot) => [slot, 'no scheduler was running']),
  })
})

test.for([
  ['there is none', null],
  ['it is the one before', at('10:00')],
] as const)('nothing is filed if %s', async ([, lastSlot]) => {
  expect(await filed(lastSlot, at('10:15'))).toEqual({ known: true, calls: [] })
})

test('a database that does not say is asked again', async () => {
  const away = new StoreError('unavailable', 'read_health: away.')
  expect(await filed(away, at('10:15'))).toEqual({ known: false, calls: [] })
})
