import { z } from 'zod'
import type { SyncOutcome } from '../core/catalog.ts'
import type { Trigger } from '../core/plan.ts'
import type { ConfiguredProvider } from '../core/provider.ts'
import { configuredProviders } from '../registry/configure.ts'
import { providers as known } from '../registry/providers.ts'
import { painter } from '../report/console.ts'
import { printable } from '../report/format.ts'
import { syncLines } from '../report/sync.ts'
import { noProviderKey } from '../run/benchmark.ts'
import { toSyncRow } from '../store/catalog-rows.ts'
import { StoreError } from '../store/store.ts'
import { logSync } from '../sync/log-sync.ts'
import { type StartedSync, startSync } from '../sync/start.ts'
import { type App, exitCode, type Streams } from './app.ts'
import { defineCommand } from './command.ts'
import { refuse, storeRefusal } from './failure.ts'
import { names, yes } from './flags.ts'
import { isAsked, notConfigured } from './providers.ts'
import { stoppable } from './stop.ts'

const help = `Ask every configured provider for its models and prices, and save what changed.

Usage: pnpm tsx scripts/sync-models.ts [options]

  --provider NAME       only this provider; repeat or separate by commas for several
  --dry-run             tell what would change, and change nothing
  --heal                switch active targets whose model has left, or is shut down within 14 days, to its successor
  --accept-shrunk       believe a listing that is empty or has lost more than half of its models
  --json                one JSON document {dry_run, syncs, not_asked, notes, error} on stdout, nothing else
  --help                this text

A model that left keeps its results and is no longer available. Prices come from the provider's own listing, else from
genai-prices, else from models.dev; one that you set (scripts/models.ts price) stays. Every sync is a row of the table syncs.

Exit codes: 0 at least one listing was taken (with --dry-run: also where there was nobody to ask), 1 none was,
2 bad usage or configuration, 3 it could not be recorded, 130 interrupted.
`

const flags = z.object({ provider: names, dryRun: yes, heal: yes, acceptShrunk: yes, json: yes })
type Flags = z.output<typeof flags>

/** `sync-models`: brings models, prices and targets up to date. */
export const syncModels = defineCommand({
  name: 'sync-models',
  help,
  flags,
  needs: 'app',
  run: async (asked, { app, streams }) => {
    const whom = whomToAsk(asked.provider, app)
    if ('problem' in whom) return whom
    if (whom.providers.length === 0) return nobodyToAsk(asked, streams)
    return stoppable(({ stop }) => syncOnce('manual', { app, flags: asked, streams, ...whom, stop }))
  },
})

/** The configured providers that are meant, or why one cannot be asked. */
function whomToAsk(
  asked: readonly string[],
  { env }: App,
): { providers: ConfiguredProvider[] } | { problem: string } {
  const { providers, problems } = configuredProviders(env)
  const unusable = problems.filter(({ provider }) => isAsked(provider, asked))
  if (unusable.length > 0) return { problem: unusable.map(({ message }) => message).join('\n') }
  const missing = asked.find((name) => !providers.some(({ entry }) => isAsked(entry, [name])))
  if (missing !== undefined) return { problem: notConfigured([missing], providers) }
  return { providers: providers.filter(({ entry }) => isAsked(entry, asked)) }
}

/** What a sync is made and shown with. */
export interface SyncOnce {
  app: App
  flags: Pick<Flags, 'dryRun' | 'heal' | 'acceptShrunk' | 'json'>
  streams: Streams
  providers: readonly ConfiguredProvider[]
  stop: AbortSignal
}

/** Opens the store, asks the providers, shows and saves what they say. Returns the exit code. */
export async function syncOnce(trigger: Trigger, once: SyncOnce): Promise<number> {
  const { app, flags: asked, providers, stop } = once
  try {
    const started = await startSync(
      { ...asked, providers, trigger, stop },
      { ...app, openStore: app.store.open, books: app.sync.books },
    )
    try {
      return await follow(started, trigger, once)
    } finally {
      await started.close()
    }
  } catch (error) {
    return refuse(storeRefusal(error, app.log), { ...once, json: asked.json })
  }
}

/** Shows, logs and gathers what happens. */
async function follow(
  { events, notes }: StartedSync,
  trigger: Trigger,
  { app, flags: asked, streams, providers, stop }: SyncOnce,
): Promise<number> {
  const paint = painter(!asked.json && streams.stdout.isTTY && streams.stdout.hasColors())
  const outcomes: SyncOutcome[] = []
  let lost: StoreError | null = null
  for (const note of notes) streams.stderr.write(`firsttoken: ${printable(note)}\n`)
  for await (const event of events) {
    logSync(app.log, event)
    if (event.type === 'outcome') {
      outcomes.push(event.outcome)
      if (!asked.json) streams.stdout.write(`${syncLines(event.outcome, paint)}\n`)
    }
    if (event.type === 'store_failed') lost = event.error
  }
  if (asked.json)
    writeDocument(streams, { trigger, dryRun: asked.dryRun, outcomes, notes, asked: providers, error: lost })
  else streams.stdout.write(`\n${ending(outcomes, { app, dryRun: asked.dryRun })}\n`)
  if (lost !== null)
    return refuse({ problem: lost.message, code: exitCode.notRecorded }, { json: false, streams })
  if (stop.aborted) return exitCode.interrupted
  return outcomes.some(({ reason }) => reason === null) ? exitCode.ok : exitCode.allFailed
}

function ending(outcomes: readonly SyncOutcome[], { app, dryRun }: { app: App; dryRun: boolean }): string {
  const taken = outcomes.filter(({ reason }) => reason === null).length
  const where = dryRun ? 'a dry run: nothing was saved' : `saved in ${app.store.name}`
  return `${taken} of ${outcomes.length} listings taken, ${where}`
}

/** Nobody has a key: says for each provider what would make it one that is asked. */
function nobodyToAsk({ dryRun, json }: Flags, streams: Streams): number {
  const notes = ['No listing was asked for, no prices were fetched, and nothing was read or changed.']
  if (json) writeDocument(streams, { trigger: 'manual', dryRun, outcomes: [], notes, asked: [], error: null })
  else {
    const lines = notAsked([]).map(({ provider, reason }) => `- ${provider}  ${reason}`)
    streams.stdout.write(`${lines.join('\n')}\n\n${notes.join('\n')}\n`)
  }
  if (dryRun) return exitCode.ok
  return refuse({ problem: noProviderKey.message }, { json: false, streams })
}

const notAsked = (asked: readonly ConfiguredProvider[]): { provider: string; reason: string }[] =>
  known
    .filter(({ id }) => !asked.some(({ entry }) => entry.id === id))
    .map(({ id, keyNames }) => ({ provider: id, reason: `not asked: ${keyNames.join(' or ')} is not set` }))

interface Document {
  trigger: Trigger
  dryRun: boolean
  outcomes: readonly SyncOutcome[]
  notes: readonly string[]
  asked: readonly ConfiguredProvider[]
  /** The store failed, which ended the sync. */
  error: StoreError | null
}

function writeDocument(
  { stdout }: Streams,
  { trigger, dryRun, outcomes, notes, asked, error: lost }: Document,
): void {
  const syncs = outcomes.map((outcome) => ({
    provider: outcome.provider.id,
    ...toSyncRow({ outcome, trigger }),
  }))
  const error = lost === null ? null : { kind: lost.kind, message: lost.message }
  const document = { dry_run: dryRun, syncs, not_asked: notAsked(asked), notes, error }
  stdout.write(`${JSON.stringify(document, null, 2)}\n`)
}
