import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Sql } from '../../src/store/connection.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { withRetry } from '../../src/store/retry.ts'
import { createSqlStore } from '../../src/store/sql.ts'
import type { Store } from '../../src/store/store.ts'
import { startSynthetic, type Synthetic } from '../../src/synthetic/server.ts'
import { createDatabase } from '../support/databases.ts'
import { runOnDisk } from '../support/refused-runs.ts'
import type { Fate } from '../support/refusals.ts'

const functions = ['start_run', 'claim_probe', 'record_result', 'skip_probes', 'finish_run'] as const
type Refused = (typeof functions)[number]

let provider: Synthetic
let sql: Sql
let store: Store
beforeAll(async () => {
  const url = await createDatabase('migrated')
  provider = await startSynthetic({ options: { ttftMs: 1, frames: 3, delayMs: 1 } })
  sql = await openPostgres(url)
  await sql.exec('create table public.refused (name text, code text)')
  for (const name of functions) {
    await sql.exec(`alter function public.${name}(jsonb) rename to kept_${name}`)
    // Whatever refuses: a full disk, a standby, a trigger of somebody else, a right that was revoked.
    await sql.exec(`create function public.${name}(input jsonb) returns jsonb language plpgsql as $$
      declare refusal text := (select code from public.refused where name = '${name}');
      begin
        if refusal is not null then raise exception using errcode = refusal, message = 'refused'; end if;
        return public.kept_${name}(input);
      end $$`)
  }
  const noPause = { sleep: () => Promise.resolve(), random: () => 0 }
  store = createSqlStore(await openPostgres(url), (call) => withRetry(call, noPause))
})
afterAll(() => Promise.all([provider.close(), store.close(), sql.close()]))
beforeEach(() => sql.exec('delete from refused; delete from runs'))

const refuse = (name: Refused, code: string) => sql.query('insert into refused values ($1, $2)', [name, code])
const environment = () => ({
  LLM_BASE_URL: provider.url,
  LLM_MODEL: 'synthetic-1',
  BENCHMARK_SCHEDULE: '0 0 1 1 *',
  TIMEOUT_TOTAL_S: '10',
})
const recorded = async () =>
  (await sql.query('select id::text from benchmark_results order by id')).rows.map(({ id }) => id as string)
const statuses = async () =>
  (await sql.query('select status from runs')).rows.map(({ status }) => status as string)

const codes: [code: string, fate: Fate][] = [
  ['25006', 'passes'],
  ['XX000', 'passes'],
  ['53100', 'passes'],
  ['40001', 'passes'],
  ['0A000', 'passes'],
  ['26000', 'passes'],
  ['42501', 'right'],
  ['42P01', 'right'],
  ['42883', 'right'],
  ['23514', 'never'],
  ['23505', 'never'],
  ['22P02', 'never'],
  ['42804', 'never'],
  ['54000', 'never'],
]

test.each(codes)('a result that Postgres refuses as %s is kept on disk', async (code, fate) => {
  await refuse('record_result', code)
  const made = await runOnDisk(environment(), store, { scheduled: false })
  expect(made).toMatchObject({ code: 0, paid: { length: 2 } })
  await made.spool.replay(store)
  expect(made.spool.aside()).toHaveLength(fate === 'never' ? 2 : 0)
  await sql.exec('delete from refused')
  made.spool.putBack()
  expect(await made.spool.replay(store)).toMatchObject({ rejected: [], waiting: null })
  expect(await recorded()).toEqual(made.paid.toSorted())
  made.spool.remove()
})

test.each(codes)(
  'a run that Postgres refuses to close as %s is closed later, if ever it can be',
  async (...given) => {
    const [code, fate] = given
    await refuse('finish_run', code)
    const made = await runOnDisk(environment(), store, { scheduled: true })
    await sql.exec('delete from refused')
    expect(made).toMatchObject({ code: fate === 'never' ? 3 : 0, paid: { length: 1 } })
    await made.spool.replay(store)
    expect(await recorded()).toEqual(made.paid)
    expect(await statuses()).toEqual([fate === 'never' ? 'running' : 'finished'])
    made.spool.remove()
  },
)

test.each(codes)('a slot that Postgres refuses as %s is missed', async (code, fate) => {
  await refuse('start_run', code)
  const made = await runOnDisk(environment(), store, { scheduled: true })
  await sql.exec('delete from refused')
  expect(made.paid).toEqual([])
  expect(fate === 'passes' ? [3] : [2, 3]).toContain(made.code)
  await made.spool.replay(store)
  expect(await statuses()).toEqual(['missed'])
  made.spool.remove()
})

test('in read-only mode the whole run waits on disk', async () => {
  for (const name of functions) await refuse(name, '25006')
  const made = await runOnDisk(environment(), store, { scheduled: false })
  expect(made).toMatchObject({ code: 0, paid: { length: 2 } })
  expect(await made.spool.replay(store)).toMatchObject({ delivered: 0, waiting: { code: '25006' } })
  await sql.exec('delete from refused')
  expect(await made.spool.replay(store)).toMatchObject({ delivered: 4, rejected: [], waiting: null })
  expect(await recorded()).toEqual(made.paid.toSorted())
  expect(await statuses()).toEqual(['finished'])
  made.spool.remove()
})

test('a row that breaks a rule of a table is set aside, and the others are recorded', async () => {
  await sql.exec(`create function refuse_second() returns trigger language plpgsql as $$
    begin
      if new.iteration = 2 then raise exception using errcode = '23514', message = 'no second ones'; end if;
      return new;
    end $$;
    create trigger refuse_second before insert on benchmark_results for each row execute function refuse_second()`)
  const made = await runOnDisk(environment(), store, { scheduled: false })
  await made.spool.replay(store)
  expect(made.paid).toHaveLength(2)
  expect([...(await recorded()), ...made.spool.aside()].toSorted()).toEqual(made.paid.toSorted())
  await sql.exec('drop trigger refuse_second on benchmark_results')
  made.spool.putBack()
  await made.spool.replay(store)
  expect(await recorded()).toEqual(made.paid.toSorted())
  made.spool.remove()
})
