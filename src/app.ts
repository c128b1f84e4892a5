import crypto from 'node:crypto'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { App, OpenApp, OpenDatabase, StoreHandle } from './jobs/app.ts'
import { systemClock } from './core/clock.ts'
import { fetchBy } from './net/fetch.ts'
import { createOtlp } from './net/otlp.ts'
import { createPing } from './net/ping.ts'
import type { FindPrice } from './jobs/prices.ts'
import type { ConfigFile } from './config/parse.ts'
import { readConfigFile, readConfigOver } from './config-file.ts'
import { loadDotEnv } from './env-file.ts'
import { type Environment, type Installation, readConfig, type StoreChoice } from './env.ts'
import { openLog } from './log.ts'
import { openLiveTexts } from './run/live-texts.ts'
import type { Listen } from './store/connection.ts'
import { placeOf } from './store/database-url.ts'
import type { CallFunction } from './store/functions.ts'
import { openHurried } from './store/hurried.ts'
import { withRetry } from './store/retry.ts'
import { openSpool } from './store/spool.ts'
import { type Store, StoreError } from './store/store.ts'

/** Builds the real things for a command line: `.env` and the environment, logs, clock and store. */
export const openApp: OpenApp = async (over) => {
  const unread = loadDotEnv()
  if (unread !== null) return { problems: [unread] }
  return readApp(over === undefined ? process.env : { ...process.env, ...over })
}

/** Builds the app for an environment and the file that it names. */
export async function readApp(env: Environment, stream?: NodeJS.WriteStream) {
  const file = await readConfigFile(env)
  return file !== null && 'problems' in file ? file : buildApp(env, { file, ...(stream && { stream }) })
}

/** Opens the database that free SQL is for, or the embedded one of a folder; rejects with StoreError. */
export const openDatabase: OpenDatabase = async (dir) => {
  if (dir !== undefined) return openNamed({ kind: 'embedded', dir })
  const unread = loadDotEnv()
  if (unread !== null) throw new StoreError('invalid', unread)
  const config = readConfig(process.env)
  if ('problems' in config) throw new StoreError('invalid', config.problems.join('\n'))
  const { database } = config
  if ('problem' in database) throw new StoreError('invalid', database.problem)
  return openNamed(database)
}

/**
 * Builds the app for an environment and the file below it; nothing is opened yet. If no disk is kept, the log goes
 * to `stream`.
 */
export function buildApp(
  env: Environment,
  { stream = process.stderr, file = null }: { stream?: NodeJS.WriteStream; file?: ConfigFile | null } = {},
): App | { problems: string[] } {
  const installation = file === null ? readConfig(env) : readConfigOver(file, env)
  if ('problems' in installation) return installation
  const { defaults, sync, official, retention, onDemand, fanOut, alerts, ...rest } = installation
  const { egressAllow, onVercel, logDir, store, cronSecret, healthPingUrl, logLevel, web, proxy } = rest
  const clock = systemClock
  const log = openLog({ dir: logDir, level: logLevel, stream, date: clock.date })
  return {
    config: { defaults, sync, official, retention, onDemand, fanOut, alerts, egressAllow, onVercel, logDir },
    env,
    file,
    store: storeHandle(store, env),
    openDatabase: databaseOf(installation),
    log,
    spool: logDir === null ? null : openSpool(join(logDir, 'spool')),
    clock,
    sleep: setTimeout,
    uuid,
    findPrice,
    cronSecret,
    web,
    proxy,
    ping: createPing({ url: healthPingUrl, env, log }),
    otlp: createOtlp({ signal: 'metrics', env, log, sleep: setTimeout }),
    texts: openLiveTexts(),
    owner: `${hostname()}:${process.pid}:${startId}`,
    host: hostname(),
  }
}

/**
 * Ids that grow with time (RFC 9562, version 7): at ten million results each random one would touch a cold
 * page of every index. Early releases of Node 24 only have random ones.
 */
const uuid = crypto.randomUUIDv7 ?? crypto.randomUUID

/** Tells this process from an earlier one of the same id, which every process has that is alone in a container. */
const startId = crypto.randomBytes(4).toString('hex')

/** The price books are loaded only when a price is not recorded: they cost 200 ms. */
const findPrice: FindPrice = async (provider, model, at) => {
  const { openPriceBooks, shippedBooks } = await import('./sync/price-books.ts')
  const books = await openPriceBooks({ ...shippedBooks, now: at })
  return books.find(provider, model, at)[0] ?? null
}

/** One for each store, however many apps a process builds: a function builds one for each request. */
const handles = new Map<string, StoreHandle>()

function storeHandle(choice: StoreChoice | { problem: string }, env: Environment): StoreHandle {
  const key = JSON.stringify(choice)
  const handle = handles.get(key) ?? {
    name: 'problem' in choice ? 'no store' : storeName(choice),
    embedded: 'kind' in choice && choice.kind === 'embedded',
    open: async (stop) => {
      if ('problem' in choice) throw new StoreError('invalid', choice.problem)
      if (stop === undefined) return openStore(choice, env, withRetry)
      return openHurried(
        (inTime) =>
          openStore(choice, env, (call) => {
            const retried = withRetry(call)
            return (name, input) => inTime(() => retried(name, input))
          }),
        stop,
      )
    },
    listen: 'problem' in choice || choice.kind === 'supabase' ? null : listenTo(choice),
  }
  handles.set(key, handle)
  return handle
}

/** Listens over a connection of its own, which the store that is open does not share. */
const listenTo =
  (choice: Exclude<StoreChoice, { kind: 'supabase' }>): Listen =>
  async (channel, onNotify) => {
    const sql = await openSql(choice)
    try {
      const listening = await sql.listen(channel, onNotify)
      const close = async () => {
        await listening.close()
        await sql.close()
      }
      return { close }
    } catch (error) {
      await sql.close()
      throw error
    }
  }

const databaseOf = ({ database }: Installation): OpenDatabase | null =>
  'problem' in database ? null : (_, connections) => openNamed(database, connections)

const openNamed = async (choice: Exclude<StoreChoice, { kind: 'supabase' }>, connections?: number) => ({
  name: storeName(choice),
  sql: await openSql(choice, connections),
})

function storeName(choice: StoreChoice): string {
  if (choice.kind === 'embedded') return `the embedded database in ${choice.dir}`
  return choice.kind === 'supabase'
    ? `Supabase (${new URL(choice.url).host})`
    : `Postgres (${placeOf(choice.url)})`
}

/** Drivers are loaded only when the store that needs them is opened: supabase-js alone costs 70 ms of CPU. */
async function openStore(
  choice: StoreChoice,
  env: Environment,
  wrap: (call: CallFunction) => CallFunction,
): Promise<Store> {
  if (choice.kind === 'supabase') {
    const { createRpcStore } = await import('./store/rpc.ts')
    return createRpcStore({ ...choice, fetch: fetchBy(env) }, wrap)
  }
  const { createSqlStore } = await import('./store/sql.ts')
  return createSqlStore(await openSql(choice), wrap)
}

async function openSql(choice: Exclude<StoreChoice, { kind: 'supabase' }>, connections?: number) {
  if (choice.kind === 'postgres') {
    const { openPostgres } = await import('./store/postgres.ts')
    return openPostgres(choice.url, undefined, connections)
  }
  const { openEmbedded } = await import('./embedded/embedded.ts')
  const { migrate, readMigrations } = await import('./store/migrate.ts')
  return openEmbedded({
    dir: choice.dir,
    prepare: async (sql) => void (await migrate(sql, readMigrations())),
  })
}
