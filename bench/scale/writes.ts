import { randomUUID } from 'node:crypto'
import { Client } from 'pg'
import { asObject, type JsonObject } from '../../src/core/json.ts'
import type { Plan } from '../../src/core/plan.ts'
import { encodeResult, toRecordInput } from '../../src/store/result-codec.ts'
import { createSqlStore } from '../../src/store/sql.ts'
import { sampleProbe, samplePlan, sampleResult, sampleTarget } from '../../test/support/samples.ts'
import { withSql } from '../history/databases.ts'
import { type Fleet, script } from './fleet.ts'

/** Results per second now and before. */
interface Rates {
  name: string
  now: number
  before: number
}

/** Each provider has a shard of 50. */
const targets = 2000
const providers = 40

/** Where the function of each side is. */
const schemas = { now: 'public', before: 'bench' } as const
type Side = keyof typeof schemas

/** A run whose probes are to be made. */
interface Work {
  plan: Plan
  inputs: Map<string, JsonObject>
  /** Places in the plan that no writer has yet. */
  next: number
}

/**
 * How many results per second writers record, and claim and record. Both sides take turns of a few seconds on
 * one server, so that whatever else the machine does slows both.
 */
export async function measureWrites(fleet: Fleet, seconds: number) {
  const url = await fleet.createEmpty('writes')
  return withSql(url, async (sql) => {
    await sql.exec(script('writes-before.sql'))
    const store = createSqlStore(sql)
    const [first, ...others] = await Promise.all(Array.from({ length: 8 }, () => connected(url)))
    if (first === undefined) throw new Error('nobody is connected')
    const clients = [first, ...others]
    const start = async (sharded: boolean): Promise<Work> => {
      const plan = planOf(sharded)
      await store.startRun(plan, 'fra1')
      return { plan, inputs: await inputsOf(plan), next: 0 }
    }
    try {
      // Tracks are there, as after the first slot.
      await onTurn(await start(false), clients, { ms: Infinity, make: recordOne('now') })
      await sql.exec('vacuum analyze')
      const rates: Rates[] = []
      for (const writers of [1, 4, 8]) {
        const record = await compare(
          async (ms) => {
            const work = await start(true)
            for (let shard = 0; shard < providers; shard += 1)
              await claimShard(first, work, { shard, owner: 'bench' })
            const turn = await onTurn(work, clients.slice(0, writers), { ms, make: recordOne('now') })
            for (let shard = 0; shard < providers; shard += 1)
              await finishShard(first, work, { shard, owner: 'bench' })
            return turn
          },
          async (ms) =>
            onTurn(await start(false), clients.slice(0, writers), { ms, make: recordOne('before') }),
          seconds,
        )
        rates.push({ name: `record_result, ${writers} writers`, ...record })
        const claim = await compare(
          async (ms) => onTurn(await start(true), clients.slice(0, writers), { ms, make: makeShard }),
          async (ms) => onTurn(await start(false), clients.slice(0, writers), { ms, make: claimOne }),
          seconds,
        )
        rates.push({ name: `claim and record, ${writers} writers`, ...claim })
      }
      return rates
    } finally {
      await Promise.all(clients.map((client) => client.end()))
    }
  })
}

async function connected(url: string): Promise<Client> {
  const client = new Client({ connectionString: url })
  await client.connect()
  return client
}

/** Two sides in short turns, each of which says how many it made in how many ms. */
async function compare(
  now: (ms: number) => Promise<{ made: number; ms: number }>,
  before: (ms: number) => Promise<{ made: number; ms: number }>,
  seconds: number,
): Promise<Omit<Rates, 'name'>> {
  const total = { now: { made: 0, ms: 0 }, before: { made: 0, ms: 0 } }
  for (let turn = 0; Math.min(total.now.ms, total.before.ms) < (seconds * 1000) / 2; turn += 1)
    for (const side of turn % 2 === 0 ? (['now', 'before'] as const) : (['before', 'now'] as const)) {
      const { made, ms } = await (side === 'now' ? now : before)(1500)
      total[side].made += made
      total[side].ms += ms
    }
  const rate = ({ made, ms }: { made: number; ms: number }) => (made / ms) * 1000
  return { now: rate(total.now), before: rate(total.before) }
}

/** A run of every target; in shards of one provider each, or none. */
function planOf(sharded: boolean): Plan {
  const names = Array.from({ length: providers }, (_, n) => `p${n}`)
  const probes = Array.from({ length: targets }, (_, n) => {
    const provider = names[n % providers] ?? ''
    const shard = n % providers
    return sampleProbe(sampleTarget(`m${n}`, provider), { region: 'fra1', ...(sharded && { shard }) })
  })
  const shards = names.map((provider, shard) => ({ shard, region: 'fra1', provider, windowAt: new Date() }))
  const [about] = samplePlan([]).providers
  if (about === undefined) throw new Error('the sample has no provider')
  return samplePlan([], {
    probes,
    providers: names.map((id) => ({ ...about, id, name: id })),
    ...(sharded && { shards }),
  })
}

/** What recording each probe of a plan takes. */
async function inputsOf(plan: Plan): Promise<Map<string, JsonObject>> {
  const inputs = new Map<string, JsonObject>()
  for (const probe of plan.probes) {
    const encoded = await encodeResult(sampleResult(plan, probe))
    inputs.set(probe.id, toRecordInput({ ...encoded, owner: 'bench' }))
  }
  return inputs
}

const call = async (client: Client, name: string, input: JsonObject) => {
  const { rows } = await client.query(`select ${name}($1::text::jsonb) as output`, [JSON.stringify(input)])
  return asObject(rows[0].output)
}

/** Lets clients work until the time is over or nothing is left. */
async function onTurn(
  work: Work,
  clients: readonly Client[],
  { ms, make }: { ms: number; make: (client: Client, work: Work, owner: string) => Promise<number> },
): Promise<{ made: number; ms: number }> {
  const began = performance.now()
  let made = 0
  await Promise.all(
    clients.map(async (client, index) => {
      while (performance.now() - began < ms) {
        const n = await make(client, work, `bench:${index}`)
        if (n === 0) break
        made += n
      }
    }),
  )
  return { made, ms: performance.now() - began }
}

const recordOne = (side: Side) => async (client: Client, work: Work) => {
  const probe = work.plan.probes[work.next]
  work.next += 1
  const input = probe && work.inputs.get(probe.id)
  if (input === undefined) return 0
  await call(client, `${schemas[side]}.record_result`, input)
  return 1
}

/** As before: each probe is claimed by itself. */
async function claimOne(client: Client, { plan, inputs }: Work, owner: string): Promise<number> {
  const claimed = await call(client, 'bench.claim_probe', {
    run_id: plan.id,
    claim_id: randomUUID(),
    owner,
    lease_ms: 60_000,
    region: 'fra1',
    budget: { usd_per_day: 1e6 },
  })
  const input = inputs.get(String(asObject(claimed?.['probe'])?.['id']))
  if (input === undefined) return 0
  await call(client, 'bench.record_result', { ...input, owner })
  return 1
}

/** Claims a shard; its probes. */
async function claimShard(
  client: Client,
  { plan }: Work,
  { shard, owner }: { shard: number; owner: string },
): Promise<unknown[]> {
  const claim = await call(client, 'public.claim_shard', {
    run_id: plan.id,
    region: 'fra1',
    owner,
    shard,
    claim_id: randomUUID(),
    lease_ms: 60_000,
    budget: { usd_per_day: 1e6 },
  })
  const probes = asObject(claim?.['claimed'])?.['probes']
  if (!Array.isArray(probes)) throw new Error(`no shard was claimed: ${JSON.stringify(claim)}`)
  return probes
}

/** Ends a shard, so that the next run has its lane. */
const finishShard = (client: Client, { plan }: Work, of: { shard: number; owner: string }) =>
  call(client, 'public.finish_shard', { run_id: plan.id, region: 'fra1', ...of, unmade: [] })

async function makeShard(client: Client, work: Work, owner: string): Promise<number> {
  const shard = work.next
  work.next += 1
  if (shard >= providers) return 0
  const probes = await claimShard(client, work, { shard, owner })
  for (const each of probes) {
    const input = work.inputs.get(String(asObject(asObject(each)?.['probe'])?.['id']))
    await call(client, 'public.record_result', { ...input, owner })
  }
  await finishShard(client, work, { shard, owner })
  return probes.length
}
