import { readdirSync } from 'node:fs'
import { afterAll, expect, test } from 'vitest'
import { makeFolder, removeFolder, start } from '../support/command.ts'

const cwd = makeFolder()
afterAll(() => removeFolder(cwd))

const makeMigration = (...args: string[]) => start('make-migration.ts', args, { cwd }).ended
const migrations = () => readdirSync('supabase/migrations')

test.each([[], ['Add score'], ['1st'], ['add-score'], ['add_score', 'more'], ['--baseline', 'more']])(
  'a bad name is refused: %j %j',
  async (...args) => {
    const before = migrations()
    const { code, stdout, stderr } = await makeMigration(...args.filter((arg) => arg !== undefined))
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain('make-migration needs one name, such as add_score')
    expect(migrations()).toEqual(before)
  },
)

test('nothing is written if nothing changed', async () => {
  const before = migrations()
  expect(await makeMigration('add_nothing')).toEqual({
    code: 0,
    stdout: 'the migrations and supabase/schemas say the same: nothing to write\n',
    stderr: '',
  })
  expect(migrations()).toEqual(before)
})
