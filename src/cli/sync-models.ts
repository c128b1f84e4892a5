import { z } from 'zod'
import type { SyncOutcome } from '../core/catalog.ts'
import type { Trigger } from '../core/plan.ts'
import type { ConfiguredProvider } from '../core/provider.ts'
import type { App } from '../jobs/app.ts'
import { noProviderKey } from '../jobs/refusal.ts'
import { type StartedSync, startSync, type SyncRequest } from '../jobs/sync.ts'
import { configuredProviders } from '../registry/configure.ts'
import { providers as known } from '../registry/providers.ts'
import { painter } from '../report/console.ts'
import { printable } from '../report/format.ts'
import { syncLines } from '../report/sync.ts'
import { follow } from '../run/watch.ts'
import { toSyncRow } from '../store/model-codec.ts'
import type { StoreFailure } from '../store/store.ts'
import type { SyncEvent } from '../sync/sync.ts'
import { defineCommand } from './command.ts'
import { exitCode } from './exit-code.ts'
import { refuse } from './failure.ts'
import { names, yes } from './flags.ts'
import { isAsked, notConfigured } from './providers.ts'
import { stoppable } from './stop.ts'
import type { Streams } from './streams.ts'

const help = `Ask every configured provider for its models and prices, and save what changed.

Usage: pnpm tsx scripts/sync-models.ts [options]

  --provider NAME       only this provider; repeat or separate by commas for several
  --dry-run             only report what would change
  --heal                switch active targets whose model has left, or shuts down within 14 days, to its successor
  --accept-shrunk       believe a listing that is empty or has lost more than half of its models
  --json                one JSON document {dry_run, syncs, not_asked, notes, error} on stdout, nothing else
  --help                this text

A model that left keeps its results and is no longer available. Prices come from the provider's own listing, else from
genai-prices, else from models.dev; one that you set (scripts/models.ts price) stays. Every sync is a row of the table syncs.

Exit codes: 0 at least one listing was taken (with --dry-run also if there was nobody to ask), 1 none was,
2 bad usage or configuration, 3 it could not be recorded, 130 interrupted.
`

const flags = z.object({ provider: names, dryRun: yes, heal: yes, acceptShrunk: yes, json: yes })

/** `sync-models`: brings models, prices and targets up to date. */
export const syncModels = defineCommand({
  name: 'sync-models',
  help,
  flags,
  needs: 'app',
  run: async ({ provider, dryRun, heal, acceptShrunk, json }, { app, streams }) => {
    const asked = providersAsked(provider, app)
    if ('problem' in asked) return asked
    const { configured } = asked
    if (configured.length === 0) return nobodyToAsk(dryRun, { streams, json })
    return stoppable(({ stop }) =>
      runSync({ configured, trigger: 'manual', dryRun, heal, acceptShrunk, stop }, app, { streams, json }),
    )
  },
})

/** The configured providers that are meant, or why one cannot be asked. */
function providersAsked(
  asked: readonly string[],
  { env }: App,
): { configured: ConfiguredProvider[] } | { problem: string } {
  const { providers, problems } = configuredProviders(env)
  const unusable = problems.filter(({ provider }) => isAsked(provider, asked))
  if (unusable.length > 0) return { problem: unusable.map(({ message }) => message).join('\n') }
  const missing = asked.find((name) => !providers.some(({ entry }) => isAsked(entry, [name])))
  if (missing !== undefined) return { problem: notConfigured([missing], providers) }
  return { configured: providers.filter(({ entry }) => isAsked(entry, asked)) }
}

/** How a sync is shown. */
interface Shown {
  streams: Streams
  json: boolean
}

/** Makes a sync, shows it and returns its exit code. Rejects with StoreError if the store cannot be opened. */
export async function runSync(request: SyncRequest, app: App, shown: Shown): Promise<number> {
  const started = await startSync(request, app)
  if ('refusal' in started) return refuse({ problem: started.refusal.message }, shown)
  try {
    return await show(started, { request, app, shown })
  } finally {
    await started.close()
  }
}

/** Shows the sync as it goes, then its sum or its document. */
async function show(
  { events, notes, summary }: StartedSync,
  { request, app, shown }: { request: SyncRequest; app: App; shown: Shown },
): Promise<number> {
  const { trigger, dryRun, configured, stop } = request
  const { streams, json } = shown
  const paint = painter(!json && streams.stdout.isTTY && streams.stdout.hasColors())
  for (const note of notes) streams.stderr.write(`firsttoken: ${printable(note)}\n`)
  const showOutcome = (event: SyncEvent) => {
    if (event.type === 'outcome') streams.stdout.write(`${syncLines(event.outcome, paint)}\n`)
  }
  await follow(events, json ? [] : [showOutcome])
  const { outcomes, lost } = summary
  const taken = outcomes.filter(({ reason }) => reason === null).length
  if (json) writeDocument(streams, { trigger, dryRun, outcomes, notes, asked: configured, error: lost })
  else {
    const where = dryRun ? 'a dry run: nothing was saved' : `saved in ${app.store.name}`
    streams.stdout.write(`\n${taken} of ${outcomes.length} listings taken, ${where}\n`)
  }
  if (lost !== null)
    return refuse({ problem: lost.message, code: exitCode.notRecorded }, { json: false, streams })
  if (stop.aborted) return exitCode.interrupted
  return taken > 0 ? exitCode.ok : exitCode.allFailed
}

/** Nobody has a key: says of each provider which variable would make it one that is asked. */
function nobodyToAsk(dryRun: boolean, { streams, json }: Shown): number {
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
  /** The store failed, which ended the sync; null if it did not. */
  error: StoreFailure | null
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
