import type { Check } from '../core/check.ts'
import type { Clock } from '../core/clock.ts'
import type { z } from 'zod'
import type { Fleet } from '../core/fleet.ts'
import { formulaVersion } from '../core/metrics.ts'
import type { Schedule } from '../run/slot.ts'
import type { ChannelRecord } from '../store/delivery-codec.ts'
import { isOfSchema } from '../store/sql-errors.ts'
import type { upkeep } from '../store/statistics-codec.ts'
import { type Health, type Store, StoreError, type StoreErrorKind } from '../store/store.ts'
import { withStore } from '../store/with-store.ts'
import { fail, ok } from './check.ts'
import type { InspectedInstallation } from './parts.ts'
import type { RecordedTraffic } from './proxy.ts'

/** The health that the store reports, with the time of the report by our clocks. */
export interface HealthReading {
  health: Health
  /** Our wall clock halfway between question and answer. */
  middle: Date
  roundTripMs: number
}

/** What is kept, and how current what is made of it is. */
export type Upkeep = z.output<typeof upkeep>

/**
 * How the store answers. It may be reachable and yet lack our functions, or answer questions and yet refuse
 * what is written.
 */
export type Answer =
  | {
      state: 'healthy'
      reading: HealthReading
      upkeep: Upkeep
      channels: readonly ChannelRecord[]
      fleet: Fleet
      traffic: RecordedTraffic
      unwritten: StoreError | null
    }
  | { state: 'lacks_functions' }
  | { state: 'down'; error: StoreError }

/** Whether the store can be reached, and written. */
export function storeCheck(name: string, answer: Answer): Check {
  if (answer.state === 'down')
    return fail('store', `${name}: ${answer.error.message}`, remedies[answer.error.kind])
  if (answer.state !== 'healthy' || answer.unwritten === null) return ok('store', `${name} answers`)
  const { kind, message } = answer.unwritten
  return fail('store', `${name} answers, but nothing can be written: ${message}`, remedies[kind] ?? toWrite)
}

const toWrite = 'is it a replica, out of space, or in read-only mode? make it writable'

const remedies: Readonly<Record<StoreErrorKind, string | null>> = {
  denied: 'check the key or the password, and the role it belongs to',
  missing: 'create the database, or check its address',
  unavailable: 'check its address and the network; a paused Supabase project is restored in its dashboard',
  timeout: 'check its address and the network; a paused Supabase project is restored in its dashboard',
  conflict: null,
  invalid: null,
  too_large: null,
  bug: null,
}

/** Reads the health twice and keeps the faster reading, because the first one has to open a connection. */
export async function askStore(
  { store, schedule }: Pick<InspectedInstallation, 'store' | 'schedule'>,
  clock: Clock,
): Promise<Answer> {
  try {
    return await withStore(store.open, async (opened) => {
      const first = await readHealth(opened, schedule, clock)
      const second = await readHealth(opened, schedule, clock)
      const reading = first.roundTripMs < second.roundTripMs ? first : second
      const upkeep = await opened.readUpkeep({})
      const { rows: channels } = await opened.readChannels()
      const fleet = await opened.readFleet({})
      const traffic = await readTraffic(opened)
      const unwritten = await tryToWrite(opened)
      return { state: 'healthy', reading, upkeep, channels, fleet, traffic, unwritten }
    })
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    const lacksFunctions = error.kind === 'missing' && isOfSchema(error.code)
    return lacksFunctions ? { state: 'lacks_functions' } : { state: 'down', error }
  }
}

async function readTraffic(store: Store): Promise<RecordedTraffic> {
  const { rows: tokens } = await store.listProxyTokens()
  const { rows } = await store.listProxyRequests({ limit: 1 })
  return {
    hasTokens: tokens.some(({ revoked_at: at }) => at === null),
    lastAt: rows[0] === undefined ? null : new Date(rows[0].received_at),
  }
}

/** Updates no results: refused like any other writing, and harmless. */
async function tryToWrite(store: Store): Promise<StoreError | null> {
  try {
    await store.rederiveResults({ formulaVersion, results: [] })
    return null
  } catch (error) {
    if (!(error instanceof StoreError) || error.kind === 'missing') throw error
    return error
  }
}

async function readHealth(store: Store, { name }: Schedule, clock: Clock): Promise<HealthReading> {
  const wall = clock.date()
  const from = clock.now()
  const health = await store.readHealth({ schedule: name })
  const roundTripMs = clock.now() - from
  return { health, middle: new Date(wall.getTime() + roundTripMs / 2), roundTripMs }
}
