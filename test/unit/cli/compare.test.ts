import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { compare } from '../../../src/cli/compare.ts'
import type { RecordedSweep } from '../../../src/jobs/read-sweep.ts'
import { sweepFileText } from '../../../src/jobs/sweep-file.ts'
import { sweepColumns } from '../../../src/report/describe-sweep.ts'
import { toLevelInput } from '../../../src/store/plan-codec.ts'
import { type Store, StoreError } from '../../../src/store/store.ts'
import { testApp } from '../../support/app.ts'
import { makeFolder, removeFolder } from '../../support/command.ts'
import { execute } from '../../support/output.ts'
import { stubStore } from '../../support/stub-store.ts'
import { poissonLevel, queuedSweep } from '../../support/sweep-rows.ts'

let folder: string
const fileOf = (name: string) => join(folder, name)
const level = poissonLevel(11, 60)
const sweeps: Record<string, RecordedSweep> = {
  before: queuedSweep({ seed: 1 }, level),
  same: queuedSweep({ seed: 2 }, level),
  slower: queuedSweep({ seed: 3, serviceMs: 435 }, level),
  other: queuedSweep({}, poissonLevel(11, 60, 8)),
  few: queuedSweep({}, poissonLevel(11, 12)),
}
beforeAll(() => {
  folder = makeFolder()
  for (const [name, sweep] of Object.entries(sweeps))
    writeFileSync(fileOf(name), sweepFileText(sweep, { levels: [], objectives: {} }))
  writeFileSync(fileOf('page'), '<html>')
})
afterAll(() => removeFolder(folder))

/** A database with the sweep `before`. */
const { run, levels, rows } = sweeps['before'] ?? queuedSweep()
const stored = stubStore({
  readRun: ({ id }) =>
    id === run.id
      ? Promise.resolve({ run, settings: { levels: levels.map(toLevelInput) } } as never)
      : Promise.reject(new StoreError('invalid', `there is no run ${id}`)),
  listSweepResults: ({ after }) =>
    Promise.resolve({
      columns: sweepColumns,
      rows: (after === null ? rows.slice(0, 30) : rows.slice(30)).map((row) =>
        sweepColumns.map((name) => row[name] ?? null),
      ),
      next: after === null ? 'more' : null,
    } as never),
})
const neverOpened: Promise<Store> = Promise.reject(new StoreError('unavailable', 'the database was opened'))
neverOpened.catch(() => undefined)

/** Compares files of the folder, or runs of the database. */
function compared(line: string, store: Store | null = null) {
  const argv = line
    .split(' ')
    .map((word) => (Object.hasOwn(sweeps, word) || word === 'page' ? fileOf(word) : word))
  const app = testApp({}, stored)
  const open = () => (store === null ? neverOpened : Promise.resolve(store))
  return execute(compare, argv, { openApp: () => ({ ...app, store: { ...app.store, open } }) })
}

test.each([
  ['before same --fail-over ttft_p50=10%', 0],
  ['before slower --fail-over ttft_p50=10%', 1],
  ['before slower', 1],
  ['slower before', 0],
  ['before slower --fail-over ttft_p50=10000%', 0],
  ['before same --fail-over ttft_p95=10%', 0],
  ['before same --fail-over ttft_p95=10% --strict', 1],
  ['before same --fail-over ttft_p99=10%,errors=100% --strict', 0],
  ['before same --fail-over tpot_p50=10%,errors=100% --strict', 0],
  ['before few --fail-over ttft_p50=10%', 0],
  ['before few --fail-over ttft_p50=10% --strict', 1],
])('%s ends with %i', async (line, code) => {
  expect(await compared(line)).toMatchObject({ code, stderr: '' })
})

test.each([
  ['before', 'name two runs: the one before and the one after, each by its id or file'],
  ['before same slower', 'name two runs'],
  ['before other', 'these runs cannot be compared: the arrivals differ: '],
  ['before nowhere.json', 'nowhere.json is neither the id of a run nor a file'],
  ['before page', 'page is no JSON: write the file of a sweep'],
  ['before /dev/null', '/dev/null is no file of a sweep: it is no file'],
  [
    'before same --fail-over ttft=10%',
    "--fail-over cannot be read: 'ttft=10%' is no threshold: write one of ttft_p50, ",
  ],
  ['before same --fail-over rps=5% --fail-over rps=6%', 'rps has two thresholds'],
  ['before same --fail-over goodput=5%', '--fail-over goodput needs --slo, which says what is good'],
  ['before same --slo ttft=1h', "--slo cannot be read: 'ttft=1h' is no objective"],
  ['before same --json --markdown', '--json and --markdown without a file exclude each other'],
  ['before same --html /nowhere/c.html', 'ENOENT'],
])('%s is refused, and the database is not opened', async (line, problem) => {
  const { code, stdout, stderr } = await compared(line)
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(problem) })
  expect(stdout === '' || stdout.startsWith('{"error":')).toBe(true)
})

test('a recorded run is compared with a file, page by page', async () => {
  const { code, stdout } = await compared(`${run.id} slower --json`, stored)
  expect(code).toBe(1)
  expect(JSON.parse(stdout)).toMatchObject({
    verdict: 'worse',
    levels: [{ paired: true, n: { before: 60, after: 60 } }],
  })
  const none = '01a228e3-ad2b-7289-bb1c-4215d3039360'
  expect(await compared(`before ${none}`, stored)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(none),
  })
  expect(await compared(`before ${none}`)).toMatchObject({ code: 3 })
})

test('a page and Markdown are written beside the text, or Markdown alone is printed', async () => {
  const [page, markdown] = [fileOf('c.html'), fileOf('c.md')]
  const { code, stdout } = await compared(`before slower --html ${page} --markdown ${markdown}`)
  expect({ code, text: stdout.includes('METRIC') }).toEqual({ code: 1, text: true })
  expect(readFileSync(page, 'utf8')).toMatch(/^<!doctype html>/)
  const written = readFileSync(markdown, 'utf8')
  expect(written).toMatch(/^### Worse: /)
  expect(await compared('before slower --markdown')).toEqual({ code: 1, stdout: written, stderr: '' })
})

test.each(['--html', '--markdown'])('%s does not replace a file that is compared', async (flag) => {
  const text = readFileSync(fileOf('before'), 'utf8')
  const { code, stderr } = await compared(`before same ${flag} before`)
  expect({ code, told: stderr.includes(`${flag} would replace`) }).toEqual({ code: 2, told: true })
  expect(readFileSync(fileOf('before'), 'utf8')).toBe(text)
})
