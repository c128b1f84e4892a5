import type { ConfiguredProvider } from '../core/provider.ts'
import { seededRandom } from '../core/random.ts'
import { startLagMonitor } from '../probe/lag.ts'
import { probe } from '../probe/probe.ts'
import { warmUp } from '../probe/sdk.ts'
import { benchmark, type BenchmarkParts, type BenchmarkRequest, type Defaults } from '../run/benchmark.ts'
import type { RunEvent } from '../run/execute.ts'
import { createMemoryStore } from '../store/memory.ts'
import { type Store, StoreError } from '../store/store.ts'
import { type App, exitCode, type Streams } from './app.ts'
import { gather, writeDocument } from './document.ts'
import { type Interruption, interruption } from './interrupt.ts'
import { logEvent } from '../run/log-event.ts'
import { watch } from './progress.ts'

/** One benchmark from the command line: what it is made with and how it is shown. */
export interface Session {
  app: App
  defaults: Defaults
  providers: ConfiguredProvider[]
  streams: Streams
  json: boolean
  quiet: boolean
  /** Record nothing. */
  noSave: boolean
  /** File for the document of the run. */
  out: string | null
  seed: number | null
}

/** What a refusal needs to be shown. */
interface Shown {
  json: boolean
  streams: Streams
  code?: number
}

/** Says why nothing was begun: to the person, and as the document where one is expected. */
export function refuse(problem: string, { json, streams, code = exitCode.usage }: Shown): number {
  streams.stderr.write(`firsttoken: ${problem}\n`)
  if (json) streams.stdout.write(`${JSON.stringify({ error: problem })}\n`)
  return code
}

/** Opens the store, makes one run, shows and records it, closes everything. Returns the exit code. */
export async function benchmarkOnce(request: BenchmarkRequest, session: Session): Promise<number> {
  const { app, providers, noSave } = session
  const opening = noSave ? Promise.resolve(createMemoryStore()) : app.store.open()
  // The SDKs load while the database opens: both take the better part of a second.
  const [opened] = await Promise.allSettled([opening, warmUp(providers.map(({ entry }) => entry.sdk))])
  if (opened.status === 'rejected') return storeFailure(opened.reason, session)
  const interrupt = interruption(session.streams.stderr)
  try {
    return await makeRun(request, session, { store: opened.value, interrupt })
  } catch (error) {
    return storeFailure(error, session)
  } finally {
    interrupt.close()
    await opened.value.close()
  }
}

function storeFailure(error: unknown, session: Session): number {
  if (!(error instanceof StoreError)) throw error
  session.app.log.error({ kind: error.kind, code: error.code }, error.message)
  return refuse(error.message, { ...session, code: storeCode(error) })
}

/** A store that is set up wrongly is a matter of configuration; one that is away is not. */
const storeCode = ({ kind }: StoreError): number =>
  ['denied', 'missing', 'invalid'].includes(kind) ? exitCode.usage : exitCode.notRecorded

async function makeRun(
  request: BenchmarkRequest,
  session: Session,
  { store, interrupt }: { store: Store; interrupt: Interruption },
): Promise<number> {
  const { app, providers, defaults, seed, streams } = session
  const lag = startLagMonitor(app.clock)
  const measuring = { clock: app.clock, lag, signal: interrupt.abort, env: app.env }
  const parts: BenchmarkParts = {
    ...app,
    store,
    providers,
    defaults,
    random: seed === null ? Math.random : seededRandom(seed),
    measure: (call) => probe(call, measuring),
    stop: interrupt.stop,
  }
  try {
    const started = await benchmark(request, parts)
    if ('refusal' in started) return refuse(started.refusal.message, session)
    for (const note of started.notes) streams.stderr.write(`firsttoken: ${note}\n`)
    return await follow(started.events, session)
  } finally {
    lag.close()
  }
}

/** Shows, logs and gathers the events of a run; the exit code is what they came to. */
async function follow(events: AsyncIterable<RunEvent>, session: Session): Promise<number> {
  const { app, streams, json, quiet, out, noSave } = session
  const where = noSave ? 'nothing (--no-save)' : app.store.name
  const progress = quiet ? null : watch(json ? streams.stderr : streams.stdout, where)
  const gathered = gather()
  for await (const event of events) {
    progress?.show(event)
    logEvent(app.log, event)
    gathered.add(event)
    if (quiet && event.type === 'store_failed') streams.stderr.write(`firsttoken: ${event.error.message}\n`)
  }
  progress?.clear()
  const document = gathered.document()
  if (out !== null) writeDocument(out, document)
  if (json) streams.stdout.write(`${JSON.stringify(document, null, 2)}\n`)
  return gathered.exitCode()
}
