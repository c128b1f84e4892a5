import { randomUUID } from 'node:crypto'
import { Client } from 'pg'
import { expect, test } from 'vitest'
import type { Plan } from '../../src/core/plan.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { createSqlStore } from '../../src/store/sql.ts'
import { toPlanInput } from '../../src/store/plan-codec.ts'
import { createDatabase } from '../support/databases.ts'
import { samplePlan, sampleProbe, sampleTarget } from '../support/samples.ts'

/** Pages of 8 kB that a call of a function asks for, in memory or not. */
async function blocksOf(client: Client, name: string, input: object): Promise<number> {
  const { rows } = await client.query(
    `explain (analyze, buffers, timing off, format json) select public.${name}('${JSON.stringify(input).replaceAll("'", "''")}'::jsonb)`,
  )
  const { Plan: plan } = rows[0]['QUERY PLAN'][0] as { Plan: Record<string, number> }
  return (plan['Shared Hit Blocks'] ?? 0) + (plan['Shared Read Blocks'] ?? 0)
}

/** A plan whose last probes are of a provider of their own. */
function planOf(count: number): Plan {
  const targets = Array.from({ length: count }, (_, n) =>
    sampleTarget(`model-${n}`, n < count - 20 ? 'first' : 'last'),
  )
  const [about] = samplePlan([]).providers
  if (about === undefined) throw new Error('the sample has no provider')
  return samplePlan([], {
    probes: targets.map((target) => sampleProbe(target)),
    providers: ['first', 'last'].map((id) => ({ ...about, id, name: id })),
  })
}

test('claiming by provider reads no more than claiming the next probe, however long the plan', async () => {
  const url = await createDatabase('migrated')
  const sql = await openPostgres(url)
  const plan = planOf(1500)
  await createSqlStore(sql).startRun(plan, 'local')
  await sql.exec('vacuum analyze')
  const client = new Client({ connectionString: url })
  await client.connect()
  const claim = (more: object) =>
    blocksOf(client, 'claim_probe', {
      run_id: plan.id,
      claim_id: randomUUID(),
      owner: 'w',
      lease_ms: 60_000,
      region: 'local',
      ...more,
    })
  // The first of each plans its statements, which reads the catalog.
  for (const warm of [{}, { provider: 'last' }]) await claim(warm)
  const any = await claim({})
  expect(await claim({ provider: 'last' })).toBeLessThanOrEqual(1.5 * any)
  const owners = await sql.query(
    `select pr.slug, count(*)::int as n from probes p join providers pr on pr.id = p.provider_id where p.status = 'claimed' group by 1 order by 1`,
  )
  expect(owners.rows).toEqual([
    { slug: 'first', n: 2 },
    { slug: 'last', n: 2 },
  ])
  await Promise.all([client.end(), sql.close()])
})

test('a claim reads no more when most of the plan is made, also by a statement that was planned when nothing was', async () => {
  const url = await createDatabase('migrated')
  const sql = await openPostgres(url)
  await sql.exec('alter table probes set (autovacuum_enabled = off)')
  const plan = planOf(1500)
  for (const probe of plan.probes) probe.level = 0
  await createSqlStore(sql).startRun(plan, 'local')
  await sql.exec('vacuum analyze')
  const client = new Client({ connectionString: url })
  await client.connect()
  const claims = async (more: object) => {
    const read: number[] = []
    const asked = { run_id: plan.id, owner: 'w', lease_ms: 60_000, region: 'local', ...more }
    // After five a statement keeps its plan; the first of all passes what has just been made.
    for (let n = 0; n < 8; n++)
      read.push(await blocksOf(client, 'claim_probe', { ...asked, claim_id: randomUUID() }))
    return read.at(-1) ?? NaN
  }
  const ways = [{}, { provider: 'first' }, { level: 0 }]
  const before: number[] = []
  for (const way of ways) before.push(await claims(way))
  await client.query(`update probes set status = 'done' where run_id = $1 and ordinal <= 1400`, [plan.id])
  // While autovacuum looks at another table, entries of an index that are dead are not forgotten.
  for (const [index, way] of ways.entries())
    await expect
      .poll(() => claims(way), { interval: 1000, timeout: 8000 })
      .toBeLessThanOrEqual(2 * (before[index] ?? NaN))
  await Promise.all([client.end(), sql.close()])
})

test('starting a run reads as much more as it has more probes, in a database that nobody analyzed', async () => {
  const blocks = async (count: number) => {
    const url = await createDatabase('migrated')
    const client = new Client({ connectionString: url })
    await client.connect()
    await client.query(`alter table probes set (autovacuum_enabled = off)`)
    await client.query(`alter table models set (autovacuum_enabled = off)`)
    await client.query(`alter table targets set (autovacuum_enabled = off)`)
    // The first run makes the tables; the second finds them without statistics.
    await blocksOf(client, 'start_run', toPlanInput(planOf(count), 'local'))
    const again = await blocksOf(client, 'start_run', toPlanInput(planOf(count), 'local'))
    await client.end()
    return again
  }
  const [few, many] = [await blocks(200), await blocks(800)]
  expect(many / few).toBeLessThan(6)
})
