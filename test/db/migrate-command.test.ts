import { expect, test } from 'vitest'
import { migrate } from '../../src/cli/migrate.ts'
import { readMigrations } from '../../src/store/migrate.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { StoreError } from '../../src/store/store.ts'
import { createDatabase } from '../support/databases.ts'

/** Streams that capture their output. */
function capture() {
  const written = { stdout: '', stderr: '' }
  const stream = (name: 'stdout' | 'stderr') =>
    ({ write: (text: string) => (written[name] += text) !== '' }) as unknown as NodeJS.WriteStream
  return { written, streams: { stdout: stream('stdout'), stderr: stream('stderr') } }
}

const titles = readMigrations().map(({ version, name }) => `${version}_${name}`)

test('migrate lists what is missing, applies it once, and then has nothing to do', async () => {
  const url = await createDatabase('empty')
  const command = async (...argv: string[]) => {
    const { written, streams } = capture()
    const code = await migrate(
      argv,
      async () => ({ name: 'the test database', sql: await openPostgres(url) }),
      streams,
    )
    return { code, stdout: written.stdout }
  }
  expect(await command('--status')).toEqual({
    code: 0,
    stdout: titles.map((title) => `missing  ${title}\n`).join(''),
  })
  expect(await command()).toEqual({ code: 0, stdout: titles.map((title) => `applied ${title}\n`).join('') })
  expect(await command()).toEqual({ code: 0, stdout: 'up to date\n' })
  expect(await command('--status')).toEqual({
    code: 0,
    stdout: titles.map((title) => `applied  ${title}\n`).join(''),
  })
})

test.each([
  ['invalid', 2],
  ['denied', 2],
  ['unavailable', 3],
] as const)('a database that is %s ends with code %d and its reason', async (kind, code) => {
  const { written, streams } = capture()
  const refuse = () => Promise.reject(new StoreError(kind, 'the reason'))
  expect(await migrate([], refuse, streams)).toBe(code)
  expect(written).toEqual({ stdout: '', stderr: 'firsttoken: the reason\n' })
})

const neverOpened = () => Promise.reject(new Error('opened'))

test('a wrong flag is named, and help opens no database', async () => {
  const wrong = capture()
  expect(await migrate(['--force'], neverOpened, wrong.streams)).toBe(2)
  expect(wrong.written.stderr).toContain('--force')
  const asked = capture()
  expect(await migrate(['--help'], neverOpened, asked.streams)).toBe(0)
  expect(asked.written.stdout).toContain('--status')
})
