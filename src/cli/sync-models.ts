import { z } from 'zod'
import type { ConfiguredProvider } from '../core/provider.ts'
import type { App } from '../jobs/app.ts'
import { configuredProviders } from '../registry/configure.ts'
import { defineCommand } from './command.ts'
import { names, yes } from './flags.ts'
import { nobodyToAsk } from './nobody-to-ask.ts'
import { isAsked, notConfigured } from './providers.ts'
import { stoppable } from './stop.ts'
import { runSync } from './sync.ts'

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
