import { z } from 'zod'
import { prune, pruneBatch, type Pruning } from '../run/prune.ts'
import { daysSetting, type RetentionDays, tooOld } from '../run/retention.ts'
import { toColumns } from '../store/columns.ts'
import type { Prunable, Retention, Store } from '../store/store.ts'
import { type App, exitCode, type Streams } from './app.ts'
import { defineCommand } from './command.ts'
import { whole, yes } from './flags.ts'
import { stoppable } from './stop.ts'

const help = `Take away what is too old: texts of answers, later whole results. Rollups stay for ever.

Usage: pnpm tsx scripts/prune.ts [options]

  --dry-run             only tell what would go
  --text-days N         keep texts for so many days (default RETENTION_TEXT_DAYS, else 14), or off: for ever
  --days N              keep results, with their timelines and probes (default RETENTION_DAYS, else 400), from 31 on, or off
  --batch N             rows that one transaction takes away (default ${pruneBatch})
  --json                one JSON document on stdout, nothing else
  --help                this text

A day of results goes only after its rollups were held against it. It can be stopped at any time: the next one goes on.

Exit codes: 0 done, 2 bad usage or configuration, 3 the database failed on the way, 130 interrupted.
`

const flags = z.object({
  dryRun: yes,
  textDays: daysSetting(1).optional(),
  days: daysSetting(31).optional(),
  batch: whole(1, 100_000).default(pruneBatch),
  json: yes,
})
type Flags = z.output<typeof flags>

/** `prune`: retention by hand. */
export const pruneCommand = defineCommand({ name: 'prune', help, flags, needs: 'store', run: pruneOnce })

/** What pruning is done and shown with. */
interface Parts {
  app: App
  store: Store
  streams: Streams
}

/** Prunes once, or tells what would go, on an opened store. Rejects with StoreError. */
export async function pruneOnce(asked: Flags, { app, store, streams }: Parts): Promise<number> {
  const retention = tooOld(daysOf(asked, app.retention), app.clock.date())
  const { stdout, stderr } = streams
  if (asked.dryRun) {
    const prunable = await store.countPrunable(retention)
    stdout.write(
      asked.json ? documentOf({ dryRun: true, ...retention, ...prunable }) : wouldGo(prunable, retention),
    )
    return exitCode.ok
  }
  const tell = (so: Pruning) => {
    if (stderr.isTTY) stderr.write(`\r\u001b[K${went(so)}`)
  }
  const so = await stoppable(({ stop }) => prune(store, { retention, batch: asked.batch, stop }, tell))
  if (stderr.isTTY) stderr.write('\r\u001b[K')
  app.log.info({ ...so }, 'pruned')
  stdout.write(asked.json ? documentOf({ dryRun: false, ...retention, ...so }) : `${went(so)}\n`)
  return so.done ? exitCode.ok : exitCode.interrupted
}

/** What flags say, else the settings. */
const daysOf = (
  { textDays, days }: Pick<Flags, 'textDays' | 'days'>,
  { texts, results }: RetentionDays,
): RetentionDays => ({
  texts: textDays === undefined ? texts : textDays,
  results: days === undefined ? results : days,
})

const documentOf = (counts: object): string => `${JSON.stringify(toColumns(counts), null, 2)}\n`

const dayOf = (moment: Date | null): string => moment?.toISOString().slice(0, 10) ?? 'never'

function wouldGo(
  { texts, results, prunedUntil }: Prunable,
  { textsBefore, resultsBefore }: Retention,
): string {
  const lines = [
    `the texts of ${texts} results from before ${dayOf(textsBefore)} would go`,
    `${results} results from before ${dayOf(resultsBefore)} would go, with their timelines and probes`,
    ...(prunedUntil === null ? [] : [`what is from before ${dayOf(prunedUntil)} went earlier`]),
  ]
  return `${lines.join('\n')}\nnothing was changed\n`
}

const went = ({ texts, results, days, prunedUntil, done }: Pruning): string =>
  `${texts} texts and ${results} results of ${days} days are gone${prunedUntil === null ? '' : `, up to ${dayOf(prunedUntil)}`}${done ? '' : '; there is more'}`
