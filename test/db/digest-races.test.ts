import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Sql } from '../../src/store/connection.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { createSqlStore } from '../../src/store/sql.ts'
import { createDatabase } from '../support/databases.ts'
import { entered } from '../support/incident-store.ts'

let processes: Sql[]

beforeAll(async () => {
  const url = await createDatabase('migrated')
  processes = await Promise.all(Array.from({ length: 5 }, () => openPostgres(url)))
})
afterAll(() => Promise.all(processes.map((sql) => sql.close())))

test('of five processes that queue a digest at once, each channel is told by one', async () => {
  const [sql] = processes as [Sql, ...Sql[]]
  const store = createSqlStore(sql)
  for (const name of ['a', 'b', 'c']) await store.saveChannel(entered(name, { weekly: true }))
  await sql.exec(`update alert_channels set weekly_since = '2026-09-01'`)
  const done = await Promise.all(
    processes.map((each) =>
      each.query(`select firsttoken.queue_digests_at('{}', '2026-10-05T06:00:00Z') ->> 'queued' as queued`),
    ),
  )
  expect(done.map(({ rows }) => Number(rows[0]?.['queued'])).toSorted((a, b) => a - b)).toEqual([
    0, 0, 0, 0, 3,
  ])
  const { rows } = await sql.query(
    'select channel, week, state from notification_deliveries order by channel',
  )
  expect(rows).toEqual(['a', 'b', 'c'].map((channel) => ({ channel, week: '2026-W40', state: 'pending' })))
})
