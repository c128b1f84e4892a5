import { afterAll, beforeAll, expect, test } from 'vitest'
import { query } from '../../src/cli/query.ts'
import type { Sql } from '../../src/store/connection.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { createDatabase } from '../support/databases.ts'
import { execute, failingStream, keepOutput } from '../support/output.ts'

let url: string
let sql: Sql
beforeAll(async () => {
  url = await createDatabase('migrated')
  sql = await openPostgres(url)
})
afterAll(() => sql.close())

const openDatabase = async () => ({ name: 'a database', sql: await openPostgres(url) })
const command = (...argv: string[]) => execute(query, argv, { openDatabase })

test('a table has a header, also without rows', async () => {
  expect(await command("select 1.50 as n, 'x' as t")).toEqual({
    code: 0,
    stderr: '',
    stdout: '   n  t\n1.50  x\n(1 row)\n',
  })
  expect((await command('select 1 as one, 2 as one')).stdout).toBe('one  one\n  1    2\n(1 row)\n')
  expect((await command('select 1 as one where false')).stdout).toBe('one\n(0 rows)\n')
  expect((await command("insert into providers (name) values ('a')")).stdout).toBe('(0 rows)\n')
  expect((await command('select name from providers')).stdout).toBe('name\na\n(1 row)\n')
})

test('a table ends after 1000 rows and says so', async () => {
  const { stdout } = await command('select generate_series(1, 1001) as n')
  expect(stdout.split('\n')).toHaveLength(1003)
  expect(stdout).toMatch(/\n1000\n\(the first 1000 rows: --csv or --json gives all\)\n$/)
  expect((await command('select generate_series(1, 1000) as n')).stdout).toMatch(/\(1000 rows\)\n$/)
})

test('CSV and JSON have all rows', async () => {
  const csv = await command(
    '--csv',
    "select n, '=' || n as t, null as nothing from generate_series(1, 2500) n",
  )
  expect(csv.stdout.split('\n')).toHaveLength(2502)
  expect(csv.stdout).toMatch(/^n,t,nothing\n1,'=1,\n2,'=2,\n/)
  const json = await command('--json', 'select n from generate_series(1, 2500) n')
  expect(JSON.parse(json.stdout)).toEqual(Array.from({ length: 2500 }, (_, index) => ({ n: index + 1 })))
  expect((await command('--csv', 'select 1 as one where false')).stdout).toBe('one\n')
  expect((await command('--json', 'select 1 as one where false')).stdout).toBe('[]\n')
})

test('an error that quotes a row, and rows on a terminal, move no cursor', async () => {
  const text = String.raw`E'a\x1b[2J\u009b2Jb\r\nc'`
  const refused = await command(`select (${text})::int`)
  expect(refused.stderr).toMatch(/^firsttoken: .*integer: "a ?.*b c".*\n$/)
  expect(refused.stderr).not.toMatch(/(?!\n)\p{Cc}/u)
  const onTerminal = async (...flags: string[]) => {
    const { streams, text: written } = keepOutput()
    await execute(query, [...flags, `select ${text} as t`], {
      openDatabase,
      stdout: Object.assign(streams.stdout, { isTTY: true }),
    })
    return written.stdout
  }
  expect(await onTerminal('--csv')).toMatch(/^t\na ?[^\n\p{Cc}]*b c\n$/u)
  expect(await onTerminal('--json')).not.toMatch(/(?!\n)\p{Cc}/u)
  // A file or a pipe gets the row as it is.
  expect((await command('--csv', `select ${text} as t`)).stdout).toBe('t\n"a\u001b[2J\u009b2Jb\r\nc"\n')
})

test('a query has a name, or none that is like it', async () => {
  expect(await command('providers', '--csv')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^name,slug,/),
  })
  expect(await command('latest-results.sql')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('(0 rows)'),
  })
  expect(await command('provider')).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining('Did you mean providers'),
  })
  const { stdout } = await command('--list')
  expect(stdout).toMatch(/^uptime +Uptime of every target$/m)
})

test.each([
  [[], '--help'],
  [['select', '1'], '--help'],
  [['--file', '/nowhere.sql'], 'ENOENT'],
  [['--file', '/dev/zero'], 'longer than 1 MiB'],
  [['select nope'], 'nope'],
  [['--csv', 'select nope'], 'nope'],
  [['select 1; select 2'], 'one statement only'],
])('%j is refused', async (argv, problem) => {
  expect(await command(...argv)).toEqual({ code: 2, stdout: '', stderr: expect.stringContaining(problem) })
})

test('a failure in the middle is told', async () => {
  const ended = await command('--csv', 'select 10 / (1500 - n) from generate_series(1, 2000) n')
  expect(ended).toMatchObject({
    code: 3,
    stderr: expect.stringMatching(/the output is incomplete: .*division by zero/),
  })
  const stdout = failingStream('ENOSPC')
  const full = await execute(query, ['--csv', 'select generate_series(1, 5000)'], { openDatabase, stdout })
  expect(full.code).toBe(3)
  expect(full.stderr).toContain('incomplete: write ENOSPC')
})

test('who reads no further ends it quietly', async () => {
  const stdout = failingStream('EPIPE')
  const argv = ['--json', 'select generate_series(1, 1000000)']
  expect(await execute(query, argv, { openDatabase, stdout })).toMatchObject({ code: 0, stderr: '' })
})

test('who asked for JSON gets a refusal as JSON', async () => {
  const { code, stdout, stderr } = await command('--csv', '--json', 'select 1')
  expect(code).toBe(2)
  expect(stderr).toContain('exclude each other')
  expect(JSON.parse(stdout)).toEqual({
    error: '--csv and --json exclude each other; --help lists the options',
  })
})
