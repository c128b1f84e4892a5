import { expect, test } from 'vitest'
import { GET, POST } from '../../api/cron/leaderboards.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { createSqlStore } from '../../src/store/sql.ts'
import { createDatabase } from '../support/databases.ts'
import { startPostgrest } from '../support/postgrest.ts'
import { recordResult } from '../support/record-result.ts'
import { samplePlan, sampleResult } from '../support/samples.ts'
import { answer } from '../support/serverless.ts'

const secret = 'a secret that only the cron knows'
const authorized = { headers: { authorization: `Bearer ${secret}` } }
const base = { CRON_SECRET: secret, LOG_LEVEL: 'silent' }

const ask = async (env: Record<string, string>, init: RequestInit = authorized) => {
  const request = new Request('https://firsttoken.example/api/cron/leaderboards', init)
  const response = await answer(request, env)
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

test('the function rebuilds every leaderboard that is due, over Postgres and the API of Supabase', async () => {
  expect([typeof GET, typeof POST]).toEqual(['function', 'function'])
  const DATABASE_URL = await createDatabase('migrated')
  const sql = await openPostgres(DATABASE_URL)
  const store = createSqlStore(sql)
  const plan = samplePlan(['gpt-5'])
  const [probe] = plan.probes
  if (probe === undefined) throw new Error('the plan has no probe')
  await store.startRun(plan, 'local')
  await recordResult(
    store,
    sampleResult(plan, probe, { startedAt: new Date(Date.now() - 3 * 3_600_000), costUsd: 0.01 }),
  )
  // A run leaves them alone.
  await store.finishRun({ runId: plan.id, status: 'finished' })
  const periods = async () =>
    (await sql.query('select distinct period from target_summary order by 1')).rows.map(
      (row) => row['period'],
    )
  expect(await periods()).toEqual([])
  expect((await ask({ ...base, DATABASE_URL }, {})).status).toBe(401)
  expect(await ask({ ...base, DATABASE_URL })).toEqual({
    status: 200,
    body: { refreshed: ['24h', '7d', '30d'], done: true },
  })
  expect(await periods()).toEqual(['24h', '30d', '7d'])
  await sql.exec('delete from target_summary')
  const postgrest = await startPostgrest(DATABASE_URL)
  const supabase = { ...base, SUPABASE_URL: postgrest.url, SUPABASE_SERVICE_ROLE: postgrest.key }
  expect(await ask(supabase)).toMatchObject({ status: 200, body: { done: true } })
  expect(await periods()).toEqual(['24h', '30d', '7d'])
  await postgrest.stop()
  await sql.close()
})

test('a database that is away is a 503', async () => {
  const env = { ...base, DATABASE_URL: 'postgres://user:password@127.0.0.1:9/db' }
  expect((await ask(env)).status).toBe(503)
})
