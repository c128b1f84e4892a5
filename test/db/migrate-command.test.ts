import { expect, test } from 'vitest'
import { migrate } from '../../src/cli/migrate.ts'
import { readMigrations } from '../../src/store/migrate.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { StoreError } from '../../src/store/store.ts'
import { createDatabase } from '../support/databases.ts'
import { execute } from '../support/output.ts'

const titles = readMigrations().map(({ version, name }) => `${version}_${name}`)

test('migrate lists what is missing, applies it once, and then has nothing to do', async () => {
  const url = await createDatabase('empty')
  const openDatabase = async () => ({ name: 'the test database', sql: await openPostgres(url) })
  const command = async (...argv: string[]) => {
    const { code, stdout } = await execute(migrate, argv, { openDatabase })
    return { code, stdout }
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
  const openDatabase = () => Promise.reject(new StoreError(kind, 'the reason'))
  expect(await execute(migrate, [], { openDatabase })).toEqual({
    code,
    stdout: '',
    stderr: 'firsttoken: the reason\n',
  })
})

test('a wrong flag is named, and help opens no database', async () => {
  const wrong = await execute(migrate, ['--force'])
  expect(wrong.code).toBe(2)
  expect(wrong.stderr).toContain('--force')
  const asked = await execute(migrate, ['--help'])
  expect(asked.code).toBe(0)
  expect(asked.stdout).toContain('--status')
})
