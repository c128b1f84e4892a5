import { z } from 'zod'
import { toJsonText } from '../core/json.ts'
import type { App } from '../jobs/app.ts'
import { countPrunable, defaultBatch, type PruneRequest, type Pruning, startPrune } from '../jobs/prune.ts'
import { daysSetting } from '../jobs/retention.ts'
import { toColumns } from '../store/columns.ts'
import type { Prunable, Retention } from '../store/history-codec.ts'
import { defineCommand } from './command.ts'
import { exitCode } from './exit-code.ts'
import { text, whole, yes } from './flags.ts'
import { stoppable } from './stop.ts'
import type { Streams } from './streams.ts'

const help = `Delete what is too old: texts of answers, later whole results; requests of the proxy. Rollups stay forever.

Usage: pnpm tsx scripts/prune.ts [options]

  --dry-run             only report what would be deleted
  --text-days N         keep texts for N days (default RETENTION_TEXT_DAYS, else 14), or off: forever
  --days N              keep results, with their timelines and probes, for N days (default RETENTION_DAYS, else 400), from 31 on,
                        or off
  --proxy-days N        keep requests of the proxy for N days (default PROXY_RETENTION_DAYS, else 30), or off
  --proxy-text-days N   keep texts of such requests, if there are any, for N days (default PROXY_CAPTURE_DAYS, else 7)
  --archived DIR        delete only results that this archive has (default ARCHIVE_DIR, if that is set; see archive.ts)
  --batch N             rows that one transaction deletes (default ${defaultBatch})
  --json                one JSON document on stdout, nothing else
  --help                this text

A day of results is deleted only after its rollups were checked against it. With an archive, pruning goes up to the first day
that is not in it, and deletes a result only if the archive has the same; its timeline goes too, also if the archive has none. It can be stopped at any time: the next one continues.

Exit codes: 0 done, 2 bad usage or configuration, 3 the database failed on the way, 130 interrupted.
`

const flags = z.object({
  dryRun: yes,
  textDays: daysSetting(1).optional(),
  days: daysSetting(31).optional(),
  proxyDays: daysSetting(1).optional(),
  proxyTextDays: whole(1, 99_999).nullable().default(null),
  archived: text,
  batch: whole(1, 100_000).default(defaultBatch),
  json: yes,
})

/** `prune`: retention by hand. */
export const pruneCommand = defineCommand({
  name: 'prune',
  help,
  flags,
  needs: 'app',
  run: ({ dryRun, textDays, days, proxyDays, proxyTextDays, archived, batch, json }, { app, streams }) => {
    const { texts, results, proxy, proxyTexts, archive } = app.config.retention
    const retention = {
      texts: textDays === undefined ? texts : textDays,
      results: days === undefined ? results : days,
      proxy: proxyDays === undefined ? proxy : proxyDays,
      proxyTexts: proxyTextDays ?? proxyTexts,
      archive: archived ?? archive,
    }
    return runPrune({ retention, batch, dryRun }, app, { streams, json })
  },
})

/** How pruning is shown. */
interface Shown {
  streams: Streams
  json: boolean
}

/** Prunes, or reports what would be deleted, and returns the exit code. Rejects with StoreError. */
export async function runPrune(
  { retention, batch, dryRun, end }: Omit<PruneRequest, 'stop'> & { dryRun: boolean; end?: AbortSignal },
  app: App,
  { streams: { stdout, stderr }, json }: Shown,
): Promise<number> {
  if (dryRun) {
    const prunable = await countPrunable({ retention }, app)
    stdout.write(json ? documentOf({ dryRun, ...prunable }) : prunableText(prunable))
    return exitCode.ok
  }
  const onProgress = (pruning: Pruning) => {
    if (stderr.isTTY) stderr.write(`\r\u001b[K${pruningText(pruning)}`)
  }
  const pruning = await stoppable((asksTo) => {
    const stop = end === undefined ? asksTo.stop : AbortSignal.any([asksTo.stop, end])
    return startPrune({ retention, batch, stop }, app, onProgress)
  })
  if (stderr.isTTY) stderr.write('\r\u001b[K')
  stdout.write(
    json ? documentOf({ dryRun, ...pruning }) : `${pruningText(pruning)}${unarchivedText(pruning)}\n`,
  )
  return pruning.done ? exitCode.ok : exitCode.interrupted
}

const documentOf = (counts: object): string => `${toJsonText(toColumns(counts), 2)}\n`

const dayOf = (moment: Date | null): string => moment?.toISOString().slice(0, 10) ?? 'never'

function prunableText({
  texts,
  textsBefore,
  results,
  resultsBefore,
  proxyRequests,
  proxyBefore,
  proxyTexts,
  proxyTextsBefore,
  prunedUntil,
  unarchived,
}: Prunable & Retention & Pick<Pruning, 'unarchived'>): string {
  const lines = [
    `the texts of ${texts} results from before ${dayOf(textsBefore)} would be deleted`,
    `${results} results from before ${dayOf(resultsBefore)} would be deleted, with their timelines and probes`,
    `${proxyRequests} requests of the proxy from before ${dayOf(proxyBefore)} would be deleted`,
    `the texts of ${proxyTexts} requests of the proxy from before ${dayOf(proxyTextsBefore)} would be deleted`,
    ...(prunedUntil === null ? [] : [`results from before ${dayOf(prunedUntil)} were deleted earlier`]),
  ]
  return `${lines.join('\n')}${unarchivedText({ unarchived })}\nnothing was changed\n`
}

const unarchivedText = ({ unarchived }: Pick<Pruning, 'unarchived'>): string =>
  unarchived === null
    ? ''
    : `\nresults of ${unarchived.day} are kept: ${unarchived.why}; scripts/archive.ts archives it`

function pruningText({
  texts,
  results,
  proxyRequests,
  proxyTexts,
  days,
  prunedUntil,
  done,
}: Pruning): string {
  const until = prunedUntil === null ? '' : `, up to ${dayOf(prunedUntil)}`
  const proxied = proxyRequests === 0 ? '' : `, and ${proxyRequests} requests of the proxy`
  const captured = proxyTexts === 0 ? '' : `, and the texts of ${proxyTexts} requests of the proxy`
  return `deleted ${texts} texts and ${results} results of ${days} days${until}${proxied}${captured}${done ? '' : '; there is more'}`
}
