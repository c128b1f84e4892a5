import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Sql } from '../../src/store/connection.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { withRetry } from '../../src/store/retry.ts'
import { createRpcStore } from '../../src/store/rpc.ts'
import type { Store } from '../../src/store/store.ts'
import { startSynthetic, type Synthetic } from '../../src/synthetic/server.ts'
import { createDatabase } from '../support/databases.ts'
import { type Postgrest, startPostgrest } from '../support/postgrest.ts'
import { entriesOf, refuse, type RunOnDisk, runOnDisk, runWithoutDisk } from '../support/refused-runs.ts'
import { type Fate, refusals } from '../support/refusals.ts'
import { samplePlan } from '../support/samples.ts'

let provider: Synthetic
let postgrest: Postgrest
let sql: Sql
let store: Store
beforeAll(async () => {
  const url = await createDatabase('migrated')
  provider = await startSynthetic({ options: { ttftMs: 1, frames: 3, delayMs: 1 } })
  postgrest = await startPostgrest(url)
  sql = await openPostgres(url)
  const noPause = { sleep: () => Promise.resolve(), random: () => 0 }
  store = await createRpcStore({ url: postgrest.url, key: postgrest.key }, (call) => withRetry(call, noPause))
})
afterAll(() => Promise.all([provider.close(), postgrest.stop(), sql.close()]))
beforeEach(async () => {
  postgrest.refused.clear()
  // Every attempt has the slot for itself.
  await sql.query('delete from runs')
})

const environment = () => ({
  CRON_SECRET: 'a secret that only the cron knows',
  LLM_BASE_URL: provider.url,
  LLM_MODEL: 'synthetic-1',
  BENCHMARK_SCHEDULE: '0 0 1 1 *',
  TIMEOUT_TOTAL_S: '10',
})

/** Pairs of refusals and functions, in turn by hand and in a slot. */
const casesOf = (...functions: string[]) =>
  refusals.map((refusal, index) => {
    const scheduled = index % (2 * functions.length) < functions.length
    const name = functions[index % functions.length] ?? ''
    return [name, refusal.name, scheduled ? 'in a slot' : 'by hand', { refusal, scheduled }] as const
  })

const recorded = async () =>
  (await sql.query('select id::text from benchmark_results order by id')).rows.map(({ id }) => id as string)
const runs = async () =>
  (await sql.query('select status, status_reason from runs')).rows as {
    status: string
    status_reason: string | null
  }[]

/** Every result that was paid for is in the database, after what waits was delivered. */
async function expectNothingLost({ paid, spool }: RunOnDisk): Promise<void> {
  expect(await spool.replay(store)).toMatchObject({ rejected: [], waiting: null })
  expect(await recorded()).toEqual(paid.toSorted())
}

/** As if an hour had passed, another run begins. */
async function beginAnother(): Promise<void> {
  await sql.query(`update runs set started_at = started_at - interval '1 hour', late_at = now()`)
  await sql.query(`update run_workers set lease_until = now() - interval '1 second'`)
  await sql.query(`update probes set lease_until = now() - interval '1 second' where status = 'claimed'`)
  const another = samplePlan(['another'])
  await store.startRun(another, 'local')
  await sql.query('delete from runs where id = $1', [another.id])
}

test.each(casesOf('record_result'))('%s meets %s, %s', async (...[name, , , { refusal, scheduled }]) => {
  refuse(postgrest, name, refusal)
  const made = await runOnDisk(environment(), store, { scheduled })
  expect(made.paid).toHaveLength(scheduled ? 1 : 2)
  expect(made.code).toBe(0)

  // While it is refused, a delivery loses nothing either; what will never be taken is set aside.
  await made.spool.replay(store)
  const isFinal = refusal.fate === 'never'
  expect(made.spool.aside().toSorted()).toEqual(isFinal ? made.paid.toSorted() : [])
  postgrest.refused.clear()
  made.spool.putBack()
  await expectNothingLost(made)
  // What was set aside came after the end of its run, which is closed by the next run then.
  if (isFinal) await beginAnother()
  expect(await runs()).toMatchObject([{ status: 'finished' }])
  made.spool.remove()
})

test.each(casesOf('read_catalog', 'start_run'))('%s meets %s, %s', async (...[name, , , about]) => {
  const { refusal, scheduled } = about
  refuse(postgrest, name, refusal)
  const made = await runOnDisk(environment(), store, { scheduled })
  postgrest.refused.clear()
  // By hand a run goes on without a database that is away; otherwise nothing is called.
  const goesOn = !scheduled && refusal.fate === 'passes'
  expect(made.paid).toHaveLength(goesOn ? 2 : 0)
  expect(goesOn ? [0] : refusal.fate === 'passes' ? [3] : [2, 3]).toContain(made.code)
  await expectNothingLost(made)
  const missed = {
    status: 'missed',
    status_reason: expect.stringMatching(
      new RegExp(`^the database (was unreachable|refused the run): ${name}`),
    ) as string,
  }
  expect(await runs()).toMatchObject(scheduled ? [missed] : goesOn ? [{ status: 'finished' }] : [])
  made.spool.remove()
})

test.each(casesOf('claim_probe', 'finish_run'))('%s meets %s, %s', async (...[name, , , about]) => {
  const { refusal, scheduled } = about
  refuse(postgrest, name, refusal)
  const made = await runOnDisk(environment(), store, { scheduled })
  postgrest.refused.clear()
  const isFinal = refusal.fate === 'never'
  const stopsAtOnce = isFinal && name === 'claim_probe'
  expect(made.paid).toHaveLength(stopsAtOnce ? 0 : scheduled ? 1 : 2)
  expect(made.code).toBe(isFinal ? 3 : 0)
  await expectNothingLost(made)
  // What could not be closed is closed by the next run.
  if (isFinal) await beginAnother()
  expect(await runs()).toMatchObject([{ status: stopsAtOnce ? 'abandoned' : 'finished' }])
  made.spool.remove()
})

/** What a function answers if its database refuses. */
const statusOf: Record<Fate, number> = { passes: 503, right: 500, never: 500 }

test.each(casesOf('record_result'))('without a disk %s meets %s', async (...[name, , , { refusal }]) => {
  refuse(postgrest, name, refusal)
  const made = await runWithoutDisk(environment(), store)
  expect(made.calls).toBe(1)
  expect(statusOf[refusal.fate]).toBe(made.status)
  expect(made.body.error?.message).toContain('Only the log has 1 of the results')
  const [entry, ...others] = entriesOf(made.lines, 'result not recorded')
  expect(others).toEqual([])
  expect(entry).toMatchObject({
    result: {
      model: 'synthetic-1',
      success: true,
      output_tokens: expect.any(Number) as number,
      response_text: null,
    },
  })
  expect(entry).not.toHaveProperty('timeline')
})

const others = ['read_catalog', 'start_run', 'claim_probe', 'finish_run']
test.each(casesOf(...others))('without a disk %s meets %s', async (...[name, , , { refusal }]) => {
  refuse(postgrest, name, refusal)
  const made = await runWithoutDisk(environment(), store)
  postgrest.refused.clear()
  expect(statusOf[refusal.fate]).toBe(made.status)
  expect(made.calls).toBe(name === 'finish_run' ? 1 : 0)
  expect(await recorded()).toHaveLength(made.calls)
  const hasBegun = name === 'claim_probe' || name === 'finish_run'
  expect(await runs()).toMatchObject([{ status: hasBegun ? 'running' : 'missed' }])
  if (hasBegun) await beginAnother()
  const closedAs = made.calls > 0 ? 'finished' : 'abandoned'
  expect(await runs()).toMatchObject([{ status: hasBegun ? closedAs : 'missed' }])
})

const passing = casesOf('record_result', ...others).filter(([, , , { refusal }]) => refusal.fate === 'passes')
test.each(passing)('%s meets %s for a moment, and no trace is left', async (...[name, , , { refusal }]) => {
  let left = 2
  postgrest.refused.set(name, (_, response) => {
    left -= 1
    if (left >= 0)
      response.writeHead(refusal.status, { 'content-type': 'application/json' }).end(refusal.body)
  })
  const made = await runOnDisk(environment(), store, { scheduled: false })
  expect(made.events.at(-1)).toMatchObject({ type: 'run_finished', spooled: false })
  expect(made.code).toBe(0)
  expect(made.paid).toHaveLength(2)
  made.spool.remove()
})

const isLong = (body: string, part: 'timeline' | 'response_text') => {
  const { input } = JSON.parse(body) as { input: { timeline: unknown; result: { response_text: unknown } } }
  return part === 'timeline' ? input.timeline !== null : input.result.response_text !== null
}

test.each([
  ['timeline', ['timeline'], 'recorded without timeline: '],
  ['response_text', ['timeline', 'response_text'], 'recorded without timeline and response_text: '],
] as const)('a result whose %s is too large is recorded without it, and says so', async (...given) => {
  const [part, leftOut, note] = given
  postgrest.refused.set('record_result', (_, response, body) => {
    if (isLong(body, part)) response.writeHead(413, { 'content-type': 'text/html' }).end('<h1>413</h1>')
  })
  const made = await runOnDisk(environment(), store, { scheduled: true })
  expect(made.code).toBe(0)
  const event = made.events.find(({ type }) => type === 'probe_recorded')
  const notes = [expect.stringContaining(note) as string]
  expect(event).toMatchObject({ left_out: leftOut, result: { notes } })
  expect(entriesOf(made.lines, 'result recorded in part: the whole is too large')).toMatchObject([
    { left_out: leftOut },
  ])
  const { rows } = await sql.query(
    `select b.notes, b.response_text is null as without_text, b.output_tokens > 0 as counted,
       (select count(*)::int from timelines t where t.result_id = b.id) as timelines from benchmark_results b`,
  )
  const without_text = part === 'response_text'
  expect(rows).toEqual([{ notes, without_text, counted: true, timelines: 0 }])
  made.spool.remove()
})
