import { openPostgres } from '../src/store/postgres.ts'
import { migrate, readMigrations } from '../src/store/migrate.ts'
import { createSqlStore } from '../src/store/sql.ts'
import { startPostgres } from '../test/support/postgres.ts'
import { recordResult } from '../test/support/record-result.ts'
import { samplePlan, sampleResult } from '../test/support/samples.ts'
import { databaseUrl } from '../test/support/setup.ts'
import { atLeast, median, printBench, round } from './goals.ts'

// What events cost those who make a run: eight writers claim and record the probes of one run, and of one run each,
// on a Postgres that forgets nothing. The baseline is the same with an `add_event` that does nothing; both alternate.
const writers = 8
const probesEach = 20
const rounds = 7

/** How `add_event` differs from the real one. */
const variants = {
  nothing: 'begin end',
  silent: `begin
    insert into public.run_events (run_id, event, data) values (add_event.run_id, add_event.event, add_event.data);
    end`,
  real: null,
} as const
type Variant = keyof typeof variants

const server = await startPostgres({ settings: ['fsync=on', 'synchronous_commit=on', 'full_page_writes=on'] })

async function openVariant(variant: Variant) {
  const admin = await openPostgres(server.url)
  await admin.exec(`create database events_${variant}`)
  await admin.close()
  const url = databaseUrl(server.url, `events_${variant}`)
  const sql = await openPostgres(url)
  await migrate(sql, readMigrations())
  const body = variants[variant]
  if (body !== null)
    await sql.exec(`create or replace function firsttoken.add_event(run_id uuid, event text, data jsonb default '{}')
      returns void language plpgsql security invoker set search_path = '' as $$ ${body} $$`)
  const listening = await sql.listen('firsttoken_events', () => undefined)
  const stores = await Promise.all(
    Array.from({ length: writers }, async () => createSqlStore(await openPostgres(url))),
  )
  const close = async () => {
    await Promise.all([listening.close(), ...stores.map((store) => store.close())])
    await sql.close()
  }
  return { stores, close }
}

/** Probes claimed and recorded per second by eight writers, on one run or on one each. */
async function throughput(
  { stores }: Awaited<ReturnType<typeof openVariant>>,
  runs: number,
): Promise<number> {
  const [first] = stores
  if (first === undefined) throw new Error('there are no writers')
  const models = Array.from({ length: (writers * probesEach) / runs }, (_, index) => `model-${index}`)
  const plans = Array.from({ length: runs }, () => samplePlan(models))
  for (const plan of plans) await first.startRun(plan, 'local')
  const began = performance.now()
  await Promise.all(
    stores.map(async (store, writer) => {
      const plan = plans[writer % runs]
      if (plan === undefined) return
      for (;;) {
        const input = { runId: plan.id, owner: `w${writer}`, leaseMs: 60_000, region: 'local' }
        const claimed = await store.claimProbe(input)
        if (claimed === null) return
        await recordResult(store, sampleResult(plan, claimed.probe))
      }
    }),
  )
  const seconds = (performance.now() - began) / 1000
  for (const plan of plans) await first.finishRun({ runId: plan.id, status: 'finished' })
  return (writers * probesEach) / seconds
}

try {
  const names = Object.keys(variants) as Variant[]
  const opened = await Promise.all(
    names.map(async (variant) => ({ variant, database: await openVariant(variant) })),
  )
  const measured = new Map<string, number[]>()
  const measure = async (turn: number, runs: number) => {
    // Nobody is always the first.
    for (const { variant, database } of turn % 2 === 0 ? opened : opened.toReversed()) {
      const value = await throughput(database, runs)
      const key = `${variant} ${runs}`
      // The first turn warms up.
      if (turn > 0) measured.set(key, [...(measured.get(key) ?? []), value])
    }
  }
  for (let turn = 0; turn <= rounds; turn += 1) for (const runs of [1, writers]) await measure(turn, runs)
  const of = (variant: Variant, runs: number) => measured.get(`${variant} ${runs}`) ?? []
  const ratio = (variant: Variant, runs: number) =>
    median(of(variant, runs).map((value, index) => value / (of('nothing', runs)[index] ?? NaN)))
  printBench({
    name: `events: probes per second of ${writers} writers, medians of ${rounds} rounds`,
    figures: [1, writers].map((runs) => ({
      runs,
      withoutEvents: round(median(of('nothing', runs))),
      withoutNotify: round(median(of('silent', runs))),
      withEvents: round(median(of('real', runs))),
      ratioWithoutNotify: round(ratio('silent', runs)),
      ratio: round(ratio('real', runs)),
    })),
    goals: [atLeast('throughput on one run, over that without events', 0.9, ratio('real', 1))],
  })
  await Promise.all(opened.map(({ database }) => database.close()))
} finally {
  await server.stop()
}
