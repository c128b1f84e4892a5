import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { runExitCode } from '../../src/cli/run-exit-code.ts'
import { storeRefusal } from '../../src/cli/failure.ts'
import { configuredHere } from '../../src/http/configured.ts'
import type { App } from '../../src/jobs/app.ts'
import { startBenchmark } from '../../src/jobs/benchmark.ts'
import { currentSlot } from '../../src/jobs/plan-benchmark.ts'
import type { RunEvent } from '../../src/run/events.ts'
import { follow } from '../../src/run/watch.ts'
import { replaySpool } from '../../src/store/replay.ts'
import { openSpool } from '../../src/store/spool.ts'
import type { Store } from '../../src/store/store.ts'
import { testApp } from './app.ts'
import { cronOf } from './cron.ts'
import type { Postgrest } from './postgrest.ts'
import type { Refusal } from './refusals.ts'

/** Answers every call of a function with a refusal. */
export function refuse(postgrest: Postgrest, name: string, { status, body }: Refusal): void {
  const type = /^[[{n"]/.test(body) ? 'application/json' : 'text/html'
  postgrest.refused.set(
    name,
    (_, response) => void response.writeHead(status, { 'content-type': type }).end(body),
  )
}

/** A clock that sleeping moves on, beside the time that passes. */
function skippingClock() {
  let skipped = 0
  return {
    clock: { now: () => performance.now() + skipped, date: () => new Date(Date.now() + skipped) },
    sleep: async (ms: number) => void (skipped += ms),
  }
}

/** An app whose log is kept in memory. */
function loggedApp(env: Record<string, string>, store: Store, more: Partial<App>) {
  const lines: string[] = []
  const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) })
  const app = testApp(env, store, { ...skippingClock(), log, ...more })
  return { app, lines }
}

/** The entries of a log with this message. */
export const entriesOf = (lines: readonly string[], message: string): Record<string, unknown>[] =>
  lines.map((line) => JSON.parse(line) as Record<string, unknown>).filter(({ msg }) => msg === message)

/** A run on a machine with a disk, and what came of it. */
export interface RunOnDisk {
  /** The exit code of the command. */
  code: number | undefined
  events: RunEvent[]
  /** The log. */
  lines: string[]
  /** The ids of the results of all calls that were made. */
  paid: string[]
  spool: KeptSpool
}

/** A folder of calls that wait, and of calls that were set aside. */
interface KeptSpool {
  dir: string
  replay: (store: Store) => ReturnType<typeof replaySpool>
  /** The ids of results that were set aside. */
  aside: () => string[]
  /** Has what was set aside be tried again. */
  putBack: () => void
  remove: () => void
}

function keepSpool(): KeptSpool {
  const dir = mkdtempSync(join(tmpdir(), 'firsttoken-refused-'))
  const rejected = () => readdirSync(dir).filter((name) => name.endsWith('.rejected'))
  return {
    dir,
    replay: (store) => replaySpool(dir, store.deliver),
    aside: () =>
      rejected()
        .flatMap((name) => readFileSync(join(dir, name), 'utf8').trim().split('\n'))
        .map((line) => JSON.parse(line) as { input: { result?: { id: string } } })
        .flatMap(({ input }) => input.result?.id ?? []),
    putBack: () => {
      for (const name of rejected()) renameSync(join(dir, name), join(dir, name.replace('.rejected', '')))
    },
    remove: () => rmSync(dir, { recursive: true, force: true }),
  }
}

/** Makes a run of two calls by hand, or of one in a slot, as the command line does. */
export async function runOnDisk(
  env: Record<string, string>,
  store: Store,
  { scheduled }: { scheduled: boolean },
): Promise<RunOnDisk> {
  const spool = keepSpool()
  const { app, lines } = loggedApp(env, store, { spool: openSpool(spool.dir) })
  const { signal } = new AbortController()
  const selection = scheduled
    ? currentSlot
    : { ...currentSlot, trigger: 'manual' as const, scheduled, runs: 2 }
  const setup = { configured: configuredHere(app), defaults: app.config.defaults, save: true, seed: null }
  const events: RunEvent[] = []
  const code = async () => {
    try {
      const started = await startBenchmark(
        { ...setup, ...selection, stop: signal, abort: signal, deadline: null },
        app,
      )
      if ('refusal' in started) throw new Error(started.refusal.message)
      await follow(started.events, [(event) => void events.push(event)])
      return runExitCode(started.summary)
    } catch (error) {
      return storeRefusal(error, null).code
    }
  }
  const exited = await code()
  const paid = events.flatMap((event) => ('result' in event ? [event.result.id] : []))
  return { code: exited, events, lines, paid, spool }
}

/** A run of a function without a disk, and what came of it. */
export interface RunWithoutDisk {
  status: number
  body: { error?: { kind: string; message: string } }
  lines: string[]
  calls: number
}

/** Makes the run of the current slot, as a function does. */
export async function runWithoutDisk(env: Record<string, string>, store: Store): Promise<RunWithoutDisk> {
  const { app, lines } = loggedApp(env, store, {})
  const headers = { authorization: `Bearer ${env['CRON_SECRET']}` }
  const response = await cronOf(app, 200_000).request('/api/cron/benchmark', { headers })
  const body = (await response.json()) as RunWithoutDisk['body']
  return { status: response.status, body, lines, calls: entriesOf(lines, 'probe started').length }
}
