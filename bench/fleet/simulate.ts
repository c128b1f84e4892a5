import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Sql } from '../../src/store/connection.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { lateAfter, nextSlot } from '../../src/run/slot.ts'
import { removeFolder } from '../../test/support/command.ts'
import { disturb, type Disturbed } from './disturb.ts'
import { type Database, openDatabase } from './database.ts'
import { openMembers, type Members } from './members.ts'
import { openProviders, type Providers, type SeenCall } from './provider.ts'
import { Sessions } from './sessions.ts'
import { dateIn, sleepIn, startTime, type Time } from './time.ts'
import { makeWorld, type World } from './world.ts'

/** What is simulated. */
export interface Simulated {
  targets: number
  seed: number
  slots: number
  /** From slot to slot, in minutes of the simulated time, and how many times as fast that runs. */
  minutes: number
  factor: number
  /** Whether the database writes as if the machine might fail too. */
  safe: boolean
  /** Tells how far it is. */
  say: (line: string) => void
}

/** What was seen of a fleet. */
export interface Evidence extends Disturbed {
  simulated: Simulated
  world: World
  time: Time
  url: string
  slots: readonly Slot[]
  calls: readonly SeenCall[]
  /** How often workers were told that a run was closed. */
  closed: number
  /** What may be spent, and the most that any look found spent above it and above what calls in flight may cost. */
  budgetUsd: number
  overspentUsd: number
  /** Statements, and CPU of the database's sessions in ms, by what they are for, when each slot had ended. */
  statements: Record<string, number>[]
  cpu: Record<string, number>[]
}

/** A slot, in simulated time. */
interface Slot {
  at: Date
  lateAt: Date
}

/** The first slot of every simulation, whatever the hour: it is one of every interval, and far from the end of a day. */
const firstSlot = new Date('2027-03-01T12:00:00Z')
/** How long before it the fleet is there: it is planned a minute ahead and more. */
const aheadMs = 75_000
/** What all calls are expected to cost more than what may be spent, so that the last are skipped. */
const budgetShare = 0.97
/** The mean cost of a call, by what the providers answer. */
const meanUsd = (0.15 * 29.5 + 0.6 * 89.5) / 1e6

/** Simulates a fleet, asks `judge` while its database is there, and ends it. */
export async function simulate<Verdict>(
  simulated: Simulated,
  judge: (evidence: Evidence, sql: Sql) => Promise<Verdict>,
): Promise<Verdict> {
  const { targets, seed, slots: nSlots, minutes, factor, safe, say } = simulated
  const world = makeWorld(seed, targets)
  const dir = mkdtempSync(join(tmpdir(), 'firsttoken-providers-'))
  const cron = `*/${minutes} * * * *`
  const budgetUsd = budgetShare * meanUsd * targets * world.regions.length * nSlots
  const concurrency = Math.min(64, Math.max(8, Math.ceil((targets * 6) / (60 * minutes))))
  const members = openMembers({ dir, concurrency, world })
  let database: Database | null = null
  let providers: Providers | null = null
  try {
    database = await openDatabase(world, safe)
    say('the database is loaded')
    await members.loaded()
    const time = startTime(new Date(firstSlot.getTime() - aheadMs), factor)
    const socket = join(dir, 'providers')
    providers = await openProviders(world, time, socket)
    await database.run(time)
    const env = {
      DATABASE_URL: database.url,
      BENCHMARK_SCHEDULE: cron,
      BENCHMARK_MAX_TOKENS: '120',
      BENCHMARK_CONFIRM: 'true',
      BENCHMARK_PROMPT: 'Say hello.',
      BUDGET_USD_PER_DAY: budgetUsd.toFixed(9),
      // A day's budget for two slots: all are to be called until it is spent.
      BUDGET_THIN: 'off',
    }
    members.begin({ time, world, url: database.url, socket, env, concurrency, dir, wrongMs: 0 })
    say('the fleet has begun')
    const seen = await follow({ simulated, world, time, cron, budgetUsd, members, database, providers })
    const sql = await openPostgres(database.url)
    try {
      return await judge({ simulated, world, time, url: database.url, budgetUsd, ...seen }, sql)
    } finally {
      await sql.close()
    }
  } finally {
    await members.end()
    providers?.close()
    await database?.stop()
    removeFolder(dir)
  }
}

interface Following {
  simulated: Simulated
  world: World
  time: Time
  cron: string
  budgetUsd: number
  members: Members
  database: Database
  providers: Providers
}

/** Follows the slots, disturbs the first, and waits until the last is over. */
async function follow(
  on: Following,
): Promise<Omit<Evidence, 'simulated' | 'world' | 'time' | 'url' | 'budgetUsd'>> {
  const { simulated, world, time, cron, members, database, providers, budgetUsd } = on
  const sessions = new Sessions()
  const slots = slotsOf(cron, simulated.slots)
  const look = openLook(database, sessions)
  const perSlot = world.targets.length * world.regions.length
  const isOver = { now: false }
  const disturbed = disturb({ members, database, providers, time, perSlot, look, isOver, say: simulated.say })
  disturbed.catch(() => undefined)
  const statements: Evidence['statements'] = []
  const cpu: Evidence['cpu'] = []
  const { regions } = world
  void untilPlanned(look, regions.length).then((isPlanned) => (isPlanned ? database.forget() : undefined))
  for (const [index, slot] of slots.entries()) {
    if (index === slots.length - 1)
      void untilPlanned(look, simulated.slots * regions.length).then(members.last)
    await untilClosed(look, index + 1, { slot, time })
    simulated.say(`slot ${index + 1} has ended: ${providers.calls.length} calls`)
    statements.push(providers.statements())
    cpu.push(sessions.byName())
  }
  isOver.now = true
  const ended = await disturbed
  await members.end()
  look.close()
  const overspentUsd = look.overspent() - budgetUsd
  return {
    ...ended,
    slots,
    calls: providers.calls,
    closed: providers.closed(),
    overspentUsd,
    statements,
    cpu,
  }
}

function slotsOf(cron: string, count: number): Slot[] {
  const slots: Slot[] = []
  for (let at: Date | null = firstSlot; at !== null && slots.length < count; at = nextSlot(cron, at))
    slots.push({ at, lateAt: lateAfter(cron, at) ?? at })
  return slots
}

/** Looks at the database again and again, also if it is away for a moment. */
export interface Look {
  /** Resolves with the first answer that holds. */
  until: (
    text: string,
    holds: (row: Record<string, unknown>) => boolean,
    tries?: () => boolean,
  ) => Promise<boolean>
  /** Looks at the sessions now. */
  now: () => Promise<void>
  overspent: () => number
  close: () => void
}

function openLook(database: Database, sessions: Sessions): Look {
  let most = -Infinity
  const over = new AbortController()
  const asked = openPostgres(`${database.url}?application_name=judge`)
  const now = async () => {
    const sql = await asked
    await sessions.look(sql)
    const { rows } = await sql.query(`select
        (select coalesce(sum(usd), 0) from public.spending)::float8 as spent,
        (select coalesce(sum(estimate_usd), 0) from public.probes where status = 'claimed')::float8 as claimed`)
    most = Math.max(most, Number(rows[0]?.['spent']) - Number(rows[0]?.['claimed']))
  }
  const attempt = <T>(action: () => Promise<T>) => action().catch(() => null)
  const timer = setInterval(() => void attempt(now), 500)
  return {
    now: () => attempt(now).then(() => undefined),
    overspent: () => most,
    until: async (text, holds, tries = () => true) => {
      while (!over.signal.aborted && tries()) {
        const answer = await attempt(async () => (await asked).query(text))
        if (answer?.rows[0] !== undefined && holds(answer.rows[0])) return true
        await new Promise((passed) => setTimeout(passed, 100))
      }
      return false
    },
    close: () => {
      over.abort()
      clearInterval(timer)
      void asked.then((sql) => sql.close())
    },
  }
}

const untilPlanned = (look: Look, regions: number): Promise<boolean> =>
  look.until(
    'select count(distinct (run_id, region)) as n from public.shards',
    ({ n }) => Number(n) >= regions,
  )

/** Until so many runs are closed, or some minutes after the slot, which the judge will see. */
async function untilClosed(
  look: Look,
  count: number,
  { slot, time }: { slot: Slot; time: Time },
): Promise<void> {
  const giveUpAt = slot.lateAt.getTime() + 5 * 60_000
  await look.until(
    `select count(*) as n from public.runs where status <> 'running' and schedule is not null`,
    ({ n }) => Number(n) >= count,
    () => dateIn(time) < giveUpAt,
  )
  await look.now()
  await sleepIn(time)(1000)
}
