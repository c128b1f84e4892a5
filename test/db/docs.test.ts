import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { openPostgres } from '../../src/store/postgres.ts'
import { createDatabase } from '../support/databases.ts'

const pages = [
  'README.md',
  ...readdirSync('docs')
    // queries.test.ts runs those of docs/sql.md.
    .filter((name) => name.endsWith('.md') && name !== 'sql.md')
    .map((name) => `docs/${name}`),
]
const queries = pages.flatMap((page) =>
  [...readFileSync(page, 'utf8').matchAll(/```sql\n([\s\S]*?)```/g)].map(([, text = ''], index) => ({
    page,
    index,
    text,
  })),
)

test('the README has two queries', () => {
  expect(queries.filter(({ page }) => page === 'README.md')).toHaveLength(2)
})

test.each(queries)('query $index of $page runs', async ({ text }) => {
  const sql = await openPostgres(await createDatabase('migrated'))
  // Changes need existing rows; all other queries run on an empty database.
  const changes = /set_(target|price|lanes)\(/.test(text)
  if (changes)
    await sql.exec(
      "insert into providers (slug, name) values ('openai', 'OpenAI'), ('openrouter', 'OpenRouter')",
    )
  for (const statement of text.split(';').filter((each) => each.trim() !== '')) {
    const { rows } = await sql.query(statement)
    expect(rows).toHaveLength(changes ? 1 : 0)
  }
  await sql.close()
})

test('docs/schema.md names every table and column', async () => {
  const sql = await openPostgres(await createDatabase('migrated'))
  const { rows } = await sql.query(
    "select table_name, array_agg(column_name::text order by ordinal_position) as columns from information_schema.columns where table_schema = 'public' group by table_name",
  )
  await sql.close()
  const sections = new Map(
    readFileSync('docs/schema.md', 'utf8')
      .split(/^## /m)
      .map((text) => [text.split('\n')[0] ?? '', text]),
  )
  const missing = rows.flatMap(({ table_name, columns }) => {
    const section = sections.get(String(table_name)) ?? ''
    return (columns as string[])
      .filter((name) => !section.includes(`\`${name}\``))
      .map((name) => `${String(table_name)}.${name}`)
  })
  expect(rows.length).toBeGreaterThan(5)
  expect(missing).toEqual([])
})

test('the optional pg_cron job says which extensions are missing and leaves nothing behind', async () => {
  const sql = await openPostgres(await createDatabase('migrated'))
  const job = readFileSync('supabase/optional/pg_cron.sql', 'utf8')
  await expect(sql.exec(job)).rejects.toThrow('pg_cron and pg_net are not available here')
  await sql.close()
})
