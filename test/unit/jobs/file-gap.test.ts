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

/** From one time to another; a missed slot has a reason. */
const gap = (since: string, until: string, reason: string | null = null) => ({
  schedule: 'benchmark',
  since: at(since).toISOString(),
  until: at(until).toISOString(),
  n_slots: 1,
  reason,
})

/** The slots before 10:15 that are filed, if these are the gaps that the database knows. */
async function filed(gaps: ReturnType<typeof gap>[] | StoreError) {
  const asked: unknown[] = []
  const listGaps = (input: unknown) => {
    asked.push(input)
    return gaps instanceof StoreError ? Promise.reject(gaps) : Promise.resolve({ rows: gaps, next: null })
  }
  const app = testApp({}, stubStore({ listGaps, close: () => Promise.resolve() }), { spool: openSpool(dir) })
  const known = await fileGap(quarterly, at('10:15'), app)
  const calls = readdirSync(dir).flatMap((name) =>
    readFileSync(join(dir, name), 'utf8')
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { input: { run: { slot: string }; reason: string } }).input),
  )
  return {
    known,
    asked,
    calls: calls
      .toSorted((a, b) => a.run.slot.localeCompare(b.run.slot))
      .map(({ run, reason }) => [run.slot.slice(11, 16), reason]),
  }
}

const missed = (...slots: string[]) => slots.map((slot) => [slot, 'no scheduler was running'])
const goneOrMissed = (...slots: string[]) =>
  slots.map((slot) => [slot, 'no scheduler was running, or its run was deleted'])

test('the slots that the database does not know are filed as missed', async () => {
  expect(await filed([gap('09:30', '10:15')])).toMatchObject({
    known: true,
    calls: missed('09:30', '09:45', '10:00'),
  })
})

test('every gap is filed, whatever came after it', async () => {
  const gaps = [gap('09:45', '10:00'), gap('09:00', '09:30'), gap('08:45', '08:45', 'the disk was full')]
  expect(await filed(gaps)).toMatchObject({ calls: goneOrMissed('09:00', '09:15', '09:45') })
})

test('only of the gap before this slot is it sure that nobody deleted its runs', async () => {
  expect(await filed([gap('10:00', '10:15'), gap('09:15', '09:30')])).toMatchObject({
    calls: [...goneOrMissed('09:15'), ...missed('10:00')],
  })
})

test('what was filed of a gap is not filed again', async () => {
  const of = 'no scheduler was running'
  expect(
    await filed([gap('10:00', '10:00', of), gap('09:30', '09:30', of), gap('09:15', '10:15')]),
  ).toMatchObject({ calls: missed('09:15', '09:45') })
})

test('neither this slot nor a later one is missed', async () => {
  expect(await filed([gap('10:00', '10:45')])).toMatchObject({ calls: missed('10:00') })
})

test('gaps of the last 500 slots are filed', async () => {
  const since = '2026-11-24T05:30:00.000Z'
  const { asked, calls } = await filed([{ ...gap('00:00', '10:15'), since: '2026-01-01T00:00:00.000Z' }])
  expect(asked).toEqual([{ schedule: 'benchmark', since: new Date(since), limit: 1000 }])
  expect(calls).toHaveLength(499)
})

test('nothing is filed without a gap', async () => {
  expect(await filed([])).toMatchObject({ known: true, calls: [] })
})

test('a database that does not say is asked again', async () => {
  const away = new StoreError('unavailable', 'list_gaps: away.')
  expect(await filed(away)).toMatchObject({ known: false, calls: [] })
})
