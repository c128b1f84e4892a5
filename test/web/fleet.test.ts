import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openEmbedded } from '../../src/embedded/embedded.ts'
import type { Sql } from '../../src/store/connection.ts'
import { expectAccessible } from '../support/accessible.ts'
import { type Dashboard, serveDashboard } from '../support/dashboard.ts'
import { emptyDatabase } from '../support/held-database.ts'

let dashboard: Dashboard
/** The database of the server, which this process joins. */
let sql: Sql

beforeAll(async () => {
  dashboard = await serveDashboard()
  sql = await openEmbedded({ dir: join(dashboard.folder, '.data') })
})
beforeEach(() => emptyDatabase(sql))
afterAll(async () => {
  await sql.close()
  await dashboard.close()
})

const [openai, groq, run] = [1, 2, 3].map((n) => `00000000-0000-4000-8000-00000000000${n}`)

/** Two workers in fra, one of them lost, and shards in iad that nobody makes. Ages are told in hours, so that they are the same for minutes. */
const recordFleet = () =>
  sql.exec(`
    insert into providers (id, name, slug, lanes) values ('${openai}', 'Open <i>AI</i>', 'openai', null), ('${groq}', 'Groq', 'groq', 1);
    insert into runs (id, run_name, triggered_by, status) values ('${run}', 'benchmark', 'cron', 'running');
    insert into shards (run_id, region, shard, provider_id, window_at, n_probes, status, takes, lost, taken_at, lease_until, done_at) values
      ('${run}', 'fra', 0, '${openai}', now() - interval '9 min', 50, 'done', 2, 1, now() - interval '8 min', null, now()),
      ('${run}', 'fra', 1, '${groq}', now() - interval '2 min', 9, 'taken', 1, 0, now() - interval '2 min', now() + interval '1 hour', null),
      ('${run}', 'fra', 2, '${groq}', now() - interval '20 hours', 7, 'open', 0, 0, null, null, null),
      ('${run}', 'iad', 0, '${openai}', now() - interval '30 hours', 30, 'open', 0, 0, null, null, null),
      ('${run}', 'iad', 1, '${openai}', now() + interval '20 hours', 30, 'open', 0, 0, null, null, null);
    insert into lanes (provider_id, region, lane, owner, run_id, shard, lease_until)
      values ('${groq}', 'fra', 0, 'a', '${run}', 1, now() + interval '1 hour');
    insert into fleet_workers (owner, region, host, version, beat_at, concurrency, in_hand, lag_ms, made, leaving) values
      ('one:4711:0a1b', 'fra', 'one', '1.4.0', now() + interval '1 hour', 8, 3, 2.4, 1250, false),
      ('two:99:0a1b', 'fra', 'two', '1.3.9', now() - interval '20 hours', 8, 5, 900, 70, false)`)

const path = '/settings?part=fleet'

test('without a fleet one sentence says how to start a worker', async ({ skip }) => {
  const { page, said } = await dashboard.openPage(path, skip)
  await page.getByText('There is no fleet').waitFor()
  expect(await page.getByText('pnpm tsx scripts/worker.ts --region').count()).toBe(1)
  await expectAccessible(page)
  expect(said).toEqual([])
})

test('workers, queue and lanes are told by region, and what is wrong stands beside them', async ({
  skip,
}) => {
  await recordFleet()
  const { page, said } = await dashboard.openPage(path, skip)
  const row = (name: RegExp) => page.getByRole('row', { name }).waitFor()
  await row(/^fra waits too long 1 since 20 h 1 0 30\.0 s p99 ~59\.4 s 1 1$/)
  await row(/^iad no worker is live here 1 since 30 h 0 1 next in 20 h – 0 0$/)
  await row(/^one 4711:0a1b, 1\.4\.0 live 3 of 8 2\.4 ms not calibrated 1,250 .* now$/)
  await row(/^two 99:0a1b, 1\.3\.9 silent 5 of 8 – not calibrated .* 20 h ago$/)
  await row(/^Groq all in use in fra 1 of 1 fra 1 1 since 20 h 1 set here/)
  await row(/^Open <i>AI<\/i> 0 of 8 fra 0, iad 0 1 since 30 h 4 as usual/)
  await page.getByText('1 live, 1 silent').waitFor()
  const change = page.getByRole('button', { name: 'Change the lanes of Groq' })
  expect(await change.getAttribute('aria-disabled')).toBe('true')
  expect(await change.getAttribute('title')).toBe('Sign in to change lanes')
  await expectAccessible(page)
  expect(said).toEqual([])
})

test('lanes are set by keyboard, and by a link', async ({ skip }) => {
  await recordFleet()
  const { page, said } = await dashboard.openPage(path, skip, { isSignedIn: true })
  await page.getByRole('button', { name: 'Change the lanes of Groq' }).press('Enter')
  const dialog = page.getByRole('dialog', { name: 'Lanes of Groq' })
  const field = dialog.getByLabel('Calls in flight at most, in each region')
  expect(await field.inputValue()).toBe('1')
  await field.fill('65')
  await dialog.getByText('A whole number from 1 to 64').waitFor()
  await expectAccessible(page)
  await field.fill('12')
  await field.press('Enter')
  await dialog.waitFor({ state: 'detached' })
  await page.getByRole('row', { name: /^Groq 1 of 12 fra 1 .* 12 set here/ }).waitFor()
  await page.goto(`${dashboard.origin}${path}&lanes=groq`)
  await dialog.getByRole('button', { name: 'As usual: 4' }).click()
  await page.getByRole('row', { name: /^Groq 1 of 4 fra 1 .* 4 as usual/ }).waitFor()
  const { rows } = await sql.query(`select slug, lanes from providers order by slug`)
  expect(rows).toEqual([
    { slug: 'groq', lanes: null },
    { slug: 'openai', lanes: null },
  ])
  expect(said).toEqual([])
})
