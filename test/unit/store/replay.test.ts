import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { spoolChecks } from '../../../src/doctor/installation.ts'
import { replayText } from '../../../src/report/spool.ts'
import { replaySpool } from '../../../src/store/replay.ts'
import { openSpool, type SpooledCall } from '../../../src/store/spool.ts'
import { StoreError, type StoreErrorKind } from '../../../src/store/store.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'firsttoken-replay-'))
})
afterEach(() => {
  vi.restoreAllMocks()
  rmSync(dir, { recursive: true, force: true })
})

const result = (id: string): SpooledCall => ({ name: 'record_result', input: { id } })
const end: SpooledCall = { name: 'finish_run', input: { id: 'end' } }
const begin: SpooledCall = { name: 'start_run', input: { id: 'begin' } }
const spool = (run: string, ...calls: SpooledCall[]) => {
  for (const call of calls) openSpool(dir).add(run, call)
}

const idOf = ({ input }: SpooledCall) => (typeof input['id'] === 'string' ? input['id'] : 'none')

/** Delivers the spool to a database that refuses some ids; `taken` are those that it took, in order. */
async function deliver(refusing: Record<string, StoreErrorKind>) {
  const tried: string[] = []
  const taken: string[] = []
  const replay = await replaySpool(dir, async (call) => {
    const id = idOf(call)
    tried.push(id)
    const kind = refusing[id]
    // What is invalid has been judged by a check.
    const judged = kind === 'invalid' ? { code: '23514' } : {}
    if (kind !== undefined) throw new StoreError(kind, `record_result: ${kind}.`, judged)
    taken.push(id)
  })
  return { replay, tried, taken }
}
/** The ids that a folder holds, and whether they were set aside. */
const left = () =>
  readdirSync(dir).flatMap((name) =>
    readFileSync(join(dir, name), 'utf8')
      .trim()
      .split('\n')
      .map((line) => {
        const id = idOf(JSON.parse(line) as SpooledCall)
        return name.endsWith('.rejected') ? `${id} aside` : id
      }),
  )

test('a call that will never be taken is set aside, and the others are delivered', async () => {
  spool('r', result('a'), result('bad'), result('c'), end)
  spool('s', result('d'))
  const { replay, taken } = await deliver({ bad: 'invalid' })
  expect(taken).toEqual(['a', 'c', 'end', 'd'])
  const file = join(dir, 'r.ndjson.rejected')
  const reason = 'record_result: invalid.'
  expect(replay).toEqual({ files: 2, delivered: 4, rejected: [{ file, reason }], waiting: null })
  expect(left()).toEqual(['bad aside'])

  expect(replayText(replay)).toContain(
    `1 set aside, because the database will never take it (${file}: ${reason})`,
  )
  expect(spoolChecks(dir)[1]?.message).toContain(`first r.ndjson.rejected (${reason})`)
  expect((await deliver({})).replay).toMatchObject({ files: 0, rejected: [] })
})

test('what was set aside is tried again if its file is renamed', async () => {
  spool('r', result('bad'))
  await deliver({ bad: 'conflict' })
  renameSync(join(dir, 'r.ndjson.rejected'), join(dir, 'r.ndjson'))
  expect((await deliver({})).taken).toEqual(['bad'])
  expect(left()).toEqual([])
})

test.each<StoreErrorKind>(['unavailable', 'denied', 'missing', 'bug'])(
  'a result that is refused for now (%s) waits, and so does the end of its run; the others are delivered',
  async (kind) => {
    spool('r', result('a'), result('later'), result('c'), end)
    spool('s', result('d'), end)
    const { replay, taken } = await deliver({ later: kind })
    expect(taken).toEqual(['a', 'c', 'd', 'end'])
    expect(replay).toMatchObject({ delivered: 4, rejected: [], waiting: { kind } })
    expect(left()).toEqual(['later', 'end'])
    expect((await deliver({})).taken).toEqual(['later', 'end'])
    expect(left()).toEqual([])
  },
)

test('the end of a run that waits in a later file waits for its results too', async () => {
  spool('r', result('later'))
  await deliver({ later: 'denied' })
  spool('r', end)
  expect((await deliver({ later: 'denied' })).taken).toEqual([])
  expect((await deliver({})).taken).toEqual(['later', 'end'])
})

test('the files of a run keep their order although the clock stands still', async () => {
  vi.spyOn(Date, 'now').mockReturnValue(Date.UTC(2026, 10, 29))
  for (let times = 0; times < 20; times += 1) {
    spool('r', result('later'))
    await deliver({ later: 'denied' })
    spool('r', end)
    await deliver({ later: 'denied' })
    expect((await deliver({})).taken).toEqual(['later', 'end'])
  }
})

test('what is left of a file keeps its place before later ones of its run', async () => {
  spool('r', result('a'), result('later'))
  await deliver({ a: 'denied', later: 'denied' })
  spool('r', end)
  expect((await deliver({ later: 'denied' })).taken).toEqual(['a'])
  expect((await deliver({})).taken).toEqual(['later', 'end'])
})

test('nothing of a run is delivered whose start is refused for now', async () => {
  spool('r', begin, result('a'))
  await deliver({ begin: 'unavailable' })
  spool('r', result('b'), end)
  spool('s', result('d'))
  expect((await deliver({ begin: 'unavailable' })).taken).toEqual(['d'])
  expect((await deliver({})).taken).toEqual(['begin', 'a', 'b', 'end'])
})

test('a database that takes nothing is asked three times, one that does not answer once', async () => {
  const all = ['a', 'b', 'c', 'd', 'e']
  for (const id of all) spool(id, result(id))
  const refusing = (kind: StoreErrorKind) => Object.fromEntries(all.map((id) => [id, kind]))
  expect((await deliver(refusing('denied'))).tried).toEqual(['a', 'b', 'c'])
  expect((await deliver(refusing('timeout'))).tried).toEqual(['a'])
  expect(left()).toEqual(all)
  expect((await deliver({})).taken).toEqual(all)
})
