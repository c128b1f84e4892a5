import type { App } from '../jobs/app.ts'
import { type StartedSync, startSync, type SyncRequest } from '../jobs/sync.ts'
import { painter } from '../report/console.ts'
import { printable } from '../report/format.ts'
import { syncLines } from '../report/sync.ts'
import { follow } from '../run/watch.ts'
import { exitCode } from './exit-code.ts'
import { refuse } from './failure.ts'
import type { Streams } from './streams.ts'
import { syncDocument } from './sync-document.ts'

/** How a sync is shown. */
interface Shown {
  streams: Streams
  json: boolean
}

/**
 * Makes a sync, shows it and returns its exit code. Rejects with StoreError if the store cannot be opened.
 */
export async function runSync(request: SyncRequest, app: App, shown: Shown): Promise<number> {
  const started = await startSync(request, app)
  if ('refusal' in started) return refuse({ problem: started.refusal.message }, shown)
  try {
    return await show(started, { request, app, shown })
  } finally {
    await started.close()
  }
}

/** Shows the sync as it goes, then its total or its document. */
async function show(
  { events, notes, summary }: StartedSync,
  { request, app, shown }: { request: SyncRequest; app: App; shown: Shown },
): Promise<number> {
  const { trigger, dryRun, configured, stop } = request
  const { streams, json } = shown
  const paint = painter(!json && streams.stdout.isTTY && streams.stdout.hasColors())
  for (const note of notes) streams.stderr.write(`firsttoken: ${printable(note)}\n`)
  await follow(events, [
    (event) => {
      if (event.type === 'outcome' && !json) streams.stdout.write(`${syncLines(event.outcome, paint)}\n`)
    },
  ])
  const { outcomes, lost } = summary
  const taken = outcomes.filter(({ reason }) => reason === null).length
  if (json)
    streams.stdout.write(syncDocument({ trigger, dryRun, outcomes, notes, asked: configured, error: lost }))
  else {
    const where = dryRun ? 'a dry run: nothing was saved' : `saved in ${app.store.name}`
    streams.stdout.write(`\n${taken} of ${outcomes.length} listings taken, ${where}\n`)
  }
  if (lost !== null)
    return refuse({ problem: lost.message, code: exitCode.notRecorded }, { json: false, streams })
  if (stop.aborted) return exitCode.interrupted
  return taken > 0 ? exitCode.ok : exitCode.allFailed
}
