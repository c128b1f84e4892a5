import type { Check } from '../core/check.ts'
import type { Clock } from '../core/clock.ts'
import { spanText } from '../report/doctor.ts'
import { judgeHealth } from '../run/health.ts'
import { nextSlot, type Schedule } from '../run/slot.ts'
import { appliedVersions, readMigrations } from '../store/migrate.ts'
import { type Health, type Store, StoreError, type StoreErrorKind } from '../store/store.ts'
import type { App, OpenDatabase } from '../jobs/app.ts'
import { fail, ok, warn } from './doctor-checks.ts'

/** What the store said of its health, and when by our clocks. */
export interface Asked {
  health: Health
  /** Our wall clock in the middle between question and answer. */
  middle: Date
  roundTripMs: number
}

type StoreParts = Pick<App, 'store' | 'openDatabase' | 'clock'> & Pick<App['config'], 'defaults'>

/** The store, its migrations, its clock and the schedule; where one cannot be asked, what depends on it is left out. */
export async function* storeChecks(parts: StoreParts): AsyncGenerator<Check> {
  const { store, openDatabase, clock, defaults } = parts
  const asked = await askStore(parts)
  const lacksFunctions = asked instanceof StoreError && asked.kind === 'missing' && asked.code !== noDatabase
  if (asked instanceof StoreError && !lacksFunctions) {
    yield fail('store', `${store.name}: ${asked.message}`, remedies[asked.kind])
    return
  }
  yield ok('store', `${store.name} answers`)
  yield await migrationsCheck(openDatabase, lacksFunctions)
  if (asked instanceof StoreError) return
  yield clockCheck(asked)
  yield scheduleCheck(asked.health, defaults.schedule, clock)
}

/** Says of a database that it is not there. */
const noDatabase = '3D000'

const remedies: Readonly<Record<StoreErrorKind, string | null>> = {
  denied: 'check the key or the password, and whose it is',
  missing: 'create the database, or name another',
  unavailable: 'check its address and the network; a paused Supabase project is woken in its dashboard',
  timeout: 'check its address and the network; a paused Supabase project is woken in its dashboard',
  conflict: null,
  invalid: null,
  bug: null,
}

/** Asks twice and keeps the faster answer: the first one has to open a connection. */
async function askStore({ store, clock, defaults }: StoreParts): Promise<Asked | StoreError> {
  try {
    const opened = await store.open()
    try {
      const first = await ask(opened, defaults.schedule, clock)
      const second = await ask(opened, defaults.schedule, clock)
      return first.roundTripMs < second.roundTripMs ? first : second
    } finally {
      await opened.close()
    }
  } catch (error) {
    if (error instanceof StoreError) return error
    throw error
  }
}

async function ask(store: Store, { name }: Schedule, clock: Clock): Promise<Asked> {
  const wall = clock.date()
  const from = clock.now()
  const health = await store.readHealth({ schedule: name })
  const roundTripMs = clock.now() - from
  return { health, middle: new Date(wall.getTime() + roundTripMs / 2), roundTripMs }
}

const howToMigrate =
  'pnpm tsx scripts/migrate.ts, or paste supabase/schema.sql into the SQL editor of the project'

/** The migrations of this version against those that the database has; without SQL, whether our functions are there. */
async function migrationsCheck(open: OpenDatabase | null, lacksFunctions: boolean): Promise<Check> {
  if (open === null)
    return lacksFunctions
      ? fail('migrations', 'the database lacks functions of this version', howToMigrate)
      : ok(
          'migrations',
          'the functions of this version answer (with DATABASE_URL every migration is compared)',
        )
  try {
    const { name, sql } = await open()
    try {
      return compare(await appliedVersions(sql), name, lacksFunctions)
    } finally {
      await sql.close()
    }
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    return warn('migrations', `they cannot be compared: ${error.message}`, 'check DATABASE_URL')
  }
}

function compare(known: ReadonlySet<string>, database: string, lacksFunctions: boolean): Check {
  const files = readMigrations()
  const missing = files.filter(({ version }) => !known.has(version))
  if (missing.length > 0) {
    const names = missing.map(({ version, name }) => `${version}_${name}`).join(', ')
    return fail(
      'migrations',
      `${missing.length} of ${files.length} missing in ${database}: ${names}`,
      howToMigrate,
    )
  }
  if (lacksFunctions)
    return fail(
      'migrations',
      `all are applied in ${database}, but the store lacks functions of this version`,
      'is DATABASE_URL the database of the project at SUPABASE_URL?',
    )
  const others = known.size - files.length
  const more = others === 0 ? '' : `, and ${others} that this version does not know`
  return ok('migrations', `all ${files.length} are applied${more}`)
}

/** What both clocks may differ by before rows and slots are misleading, in ms. */
const mostSkewMs = 1000

/** How far our clock is from that of the database. Half the round trip is how far that may be wrong. */
export function clockCheck({ health, middle, roundTripMs }: Asked): Check {
  const skewMs = middle.getTime() - health.now.getTime()
  const uncertaintyMs = roundTripMs / 2
  const text = `${seconds(Math.abs(skewMs))} ${skewMs < 0 ? 'behind' : 'ahead of'} the database's, give or take ${seconds(uncertaintyMs)}`
  return Math.abs(skewMs) > Math.max(mostSkewMs, uncertaintyMs)
    ? warn(
        'clock',
        `this machine's is ${text}`,
        'synchronise it (NTP): slots and times are those of this machine',
      )
    : ok('clock', text)
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(3)} s`

/** When the next run is due, and whether the last one came in time. */
export function scheduleCheck(health: Health, schedule: Schedule, clock: Pick<Clock, 'date'>): Check {
  const { state, limitMs } = judgeHealth(health, schedule)
  const { lastFinishedAt, lastStatus, now } = health
  const next = `${schedule.cron} (UTC), next at ${nextSlot(schedule.cron, clock.date())?.toISOString() ?? 'never'}`
  const latest = lastStatus === null || lastStatus === 'finished' ? '' : `; the latest run is ${lastStatus}`
  const name = 'schedule'
  if (lastFinishedAt === null)
    return warn(name, `${next}; no scheduled run has finished yet${latest}`, howToSchedule)
  const ago = spanText(Math.max(0, now.getTime() - lastFinishedAt.getTime()))
  const limit = limitMs === null ? '' : ` (at most ${spanText(limitMs)})`
  const message = `${next}; the last run finished ${ago} ago${limit}${latest}`
  return state === 'kept' ? ok(name, message) : fail(name, message, howToSchedule)
}

const howToSchedule =
  'see that a Vercel cron, pg_cron or pnpm tsx scripts/schedule.ts is at work, and what its log says'
