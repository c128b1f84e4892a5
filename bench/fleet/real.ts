import { setTimeout as sleep } from 'node:timers/promises'
import { seededRandom } from '../../src/core/random.ts'
import { providers } from '../../src/registry/providers.ts'
import type { Sql } from '../../src/store/connection.ts'
import { startSyntheticWorker } from '../../src/synthetic/worker.ts'
import { command, makeFolder, removeFolder, type Running, start } from '../../test/support/command.ts'
import { atMost } from '../goals.ts'
import { withSql } from '../history/databases.ts'
import { loadTargets, openServer, type Server } from './database.ts'
import { type Front, openFront } from './front.ts'
import { figuresOf, type Judged, none } from './judged.ts'

/** What real processes do, and for how long. */
export interface Real {
  targets: number
  seed: number
  minutes: number
  say: (line: string) => void
}

const regions = ['fra', 'iad', 'hnd']
const workersEach = 2
const lanes = 4
/** Six providers that anybody may configure; the second and fourth take fewer calls than our lanes would make. */
const called = providers.filter(({ sdk }) => sdk === 'openai').slice(0, 6)
const mostOf = (provider: string): number =>
  [called[1]?.id, called[3]?.id].includes(provider) ? 6 : Infinity
/** How long a slot may take to be closed after it is over: a lease, the half minute after it, and a look. */
const settleMs = 150_000

/** One process of a worker, and how it is started again. */
interface Member {
  name: string
  cwd: string
  running: Running
  restart: () => void
}

/** Workers as scripts/worker.ts starts them, which are killed, stopped and ended at random. */
export async function real({ targets, seed, minutes, say }: Real): Promise<Judged> {
  const synthetic = await startSyntheticWorker({ options: { ttftMs: 120, frames: 20, delayMs: 8 } })
  const front = await openFront(synthetic, mostOf)
  const server = await openServer(true)
  const members: Member[] = []
  try {
    await withSql(server.url, (sql) => loadTargets(sql, targetsOf(targets)))
    for (const region of regions)
      for (let n = 0; n < workersEach; n += 1) members.push(member(region, { front, server, n }))
    await Promise.all(members.map(({ running }) => running.until(/worker .* of /)))
    say('the fleet has begun')
    const happened = await disturb({ members, server, seed, minutes, say })
    say('it is left alone')
    await sleep(settleMs)
    const deaf = await endAll(members)
    for (const { cwd } of members)
      await command('replay-spool.ts', [], { cwd, env: { DATABASE_URL: server.url } })
    const judged = await withSql(server.url, (sql) => judgeReal(sql, front, happened))
    return {
      ...judged,
      goals: [...judged.goals, none('workers that did not end when they were told to', deaf)],
    }
  } finally {
    for (const { running } of members) running.child.kill('SIGKILL')
    await Promise.all(members.map(({ running }) => running.ended))
    for (const { cwd } of members) removeFolder(cwd)
    front.close()
    await synthetic.close()
    await server.stop()
  }
}

/** Longer than a call may take and be recorded, in ms. */
const endingMs = 60_000

/** Tells workers to end; how many had to be killed. */
async function endAll(members: readonly Member[]): Promise<number> {
  const ends = members.map(async ({ running }) => {
    running.child.kill('SIGTERM')
    const hasEnded = await Promise.race([
      running.ended.then(() => true),
      sleep(endingMs, false, { ref: false }),
    ])
    if (!hasEnded) running.child.kill('SIGKILL')
    await running.ended
    return hasEnded
  })
  return (await Promise.all(ends)).filter((hasEnded) => !hasEnded).length
}

const targetsOf = (count: number) => ({
  providers: called.map(({ id, name, baseUrl }) => ({ id, name, base_url: baseUrl, lanes })),
  targets: Array.from({ length: count }, (_, index) => ({
    provider: called[index % called.length]?.id,
    model: `synthetic-${Math.floor(index / called.length)}`,
  })),
})

function member(region: string, { front, server, n }: { front: Front; server: Server; n: number }): Member {
  const cwd = makeFolder()
  const ofProviders = called.flatMap(({ id, baseUrlName, keyNames }) => [
    [baseUrlName, `${front.url}/${region}/${id}/v1`],
    ...keyNames.slice(0, 1).map((name) => [name, 'no-key']),
  ])
  const env = {
    DATABASE_URL: server.url,
    BENCHMARK_SCHEDULE: '*/2 * * * *',
    BENCHMARK_CONFIRM: 'true',
    TIMEOUT_TOTAL_S: '20',
    ...Object.fromEntries(ofProviders),
  }
  const begin = () => start('worker.ts', ['--region', region, '--concurrency', '12'], { cwd, env })
  const one: Member = {
    name: `${region} ${n}`,
    cwd,
    running: begin(),
    restart: () => {
      one.running = begin()
    },
  }
  return one
}

interface Disturbing {
  members: readonly Member[]
  server: Server
  seed: number
  minutes: number
  say: (line: string) => void
}

/** One thing after another until the time is over; how often each happened. */
async function disturb({ members, server, seed, minutes, say }: Disturbing): Promise<Record<string, number>> {
  const random = seededRandom(seed)
  const between = (least: number, most: number) => least + random() * (most - least)
  const happened: Record<string, number> = {}
  const until = performance.now() + minutes * 60_000
  while (performance.now() < until) {
    const one = members[Math.floor(random() * members.length)]
    const [name, disturbance] = disturbances[Math.floor(random() * disturbances.length)] ?? []
    if (one === undefined || name === undefined || disturbance === undefined) break
    say(`${name}, ${one.name}`)
    happened[name] = (happened[name] ?? 0) + 1
    await disturbance(one, { server, ms: between(1000, 10_000), long: between(5000, 100_000) })
    await sleep(between(5000, 20_000))
  }
  return happened
}

type Disturbance = (one: Member, how: { server: Server; ms: number; long: number }) => Promise<void>

const disturbances: readonly (readonly [string, Disturbance])[] = [
  [
    'kill -9',
    async (one, { ms }) => {
      one.running.child.kill('SIGKILL')
      await one.running.ended
      await sleep(ms)
      one.restart()
    },
  ],
  [
    'SIGSTOP',
    async ({ running }, { long }) => {
      running.child.kill('SIGSTOP')
      await sleep(long)
      running.child.kill('SIGCONT')
    },
  ],
  [
    'SIGTERM',
    async (one, { ms }) => {
      await endAll([one])
      await sleep(ms)
      one.restart()
    },
  ],
  ['kill -9 of the database', (_, { server }) => server.kill()],
]

/** Slots that have been over for so long that nothing of them may be open. */
const over = `select r.id from public.runs r where r.schedule is not null
  and r.late_at < clock_timestamp() - make_interval(secs => ${settleMs / 1000})`

const faults: Readonly<Record<string, string>> = {
  'slots that are over and not closed': `select count(*) from public.runs where id in (${over}) and status = 'running'`,
  'slots without a run': `select count(*) from generate_series((select min(slot) from public.runs),
      (select max(slot) from public.runs), interval '2 minutes') due(slot)
    where not exists (select from public.runs r where r.slot = due.slot)`,
  'regions that are missing in a slot': `select count(*) from (select p.run_id from public.probes p
    where p.run_id in (${over}) group by p.run_id having count(distinct p.region) < ${regions.length}) fewer`,
  'probes with neither a result nor a reason': `select count(*) from public.probes p
    where p.run_id in (${over})
      and not exists (select from public.benchmark_results b where b.id = p.result_id)
      and not (p.status = 'skipped' and coalesce(p.skip_reason, '') <> '')`,
  'probes with two results': `select count(*) from (
    select from public.benchmark_results group by probe_id having count(*) > 1) twice`,
}

async function judgeReal(sql: Sql, { seen }: Front, happened: Record<string, number>): Promise<Judged> {
  const goals = []
  for (const [name, text] of Object.entries(faults)) {
    const { rows } = await sql.query(text)
    goals.push(none(name, Number(Object.values(rows[0] ?? {})[0])))
  }
  const { rows } = await sql.query(`select
    (select count(*) from public.runs where id in (${over})) as slots,
    (select count(*) from public.probes where run_id in (${over})) as probes,
    (select count(*) from public.benchmark_results) as results,
    (select count(*) from public.shards where lost > 0) as "shards that were lost"`)
  const reasons = await sql.query(
    `select split_part(skip_reason, ' until ', 1) as reason, count(*) as n from public.probes
      where status = 'skipped' group by 1`,
  )
  const counts = Object.fromEntries(Object.entries(rows[0] ?? {}).map(([name, n]) => [name, Number(n)]))
  return {
    figures: [
      ...figuresOf('disturbed', happened),
      ...figuresOf('rows', counts),
      ...figuresOf(
        'skipped',
        Object.fromEntries(reasons.rows.map(({ reason, n }) => [String(reason), Number(n)])),
      ),
      ...figuresOf('requests', {
        all: seen.length,
        refused: seen.filter(({ status }) => status === 429).length,
        'whose caller was gone': seen.filter(({ gone }) => gone).length,
      }),
    ],
    goals: [
      ...goals,
      atMost(
        'most in flight at a provider from a region',
        lanes,
        seen.reduce((most, { inFlight }) => Math.max(most, inFlight), 0),
      ),
    ],
  }
}
