import { noProviderKey } from '../jobs/refusal.ts'
import { exitCode } from './exit-code.ts'
import { refuse } from './failure.ts'
import type { Streams } from './streams.ts'
import { notAsked, syncDocument } from './sync-document.ts'

/** Shows that no provider has a key, and which variable each one needs. */
export function nobodyToAsk(dryRun: boolean, { streams, json }: { streams: Streams; json: boolean }): number {
  const notes = ['No listing was asked for, no prices were fetched, and nothing was read or changed.']
  if (json)
    streams.stdout.write(
      syncDocument({ trigger: 'manual', dryRun, outcomes: [], notes, asked: [], error: null }),
    )
  else {
    const lines = notAsked([]).map(({ provider, reason }) => `- ${provider}  ${reason}`)
    streams.stdout.write(`${lines.join('\n')}\n\n${notes.join('\n')}\n`)
  }
  if (dryRun) return exitCode.ok
  return refuse({ problem: noProviderKey.message }, { json: false, streams })
}
