import { expect, test } from 'vitest'
import { openPostgres } from '../../src/store/postgres.ts'
import { createDatabase } from '../support/databases.ts'
import { stubStore } from '../support/stub-store.ts'

test('the database has a function for every method of the store', async () => {
  const { deliver: _, close: __, ...methods } = stubStore({})
  const names = Object.keys(methods).map((name) => name.replace(/[A-Z]/g, (at) => `_${at.toLowerCase()}`))
  const sql = await openPostgres(await createDatabase('migrated'))
  const { rows } = await sql.query(
    `select name from unnest($1::text[]) name where to_regprocedure('public.' || name || '(jsonb)') is null`,
    [names],
  )
  await sql.close()
  expect(names.length).toBeGreaterThan(0)
  expect(rows).toEqual([])
})
