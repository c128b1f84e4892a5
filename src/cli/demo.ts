import { z } from 'zod'
import type { Sql } from '../store/connection.ts'
import { defineCommand, withDatabase } from './command.ts'
import { exitCode } from './exit-code.ts'
import { type DemoSize, fillDemo } from './fill-demo.ts'
import { whole } from './flags.ts'
import type { Streams } from './streams.ts'

const help = `Fill a data directory of its own with made-up results, to look at the dashboard without a key.

Usage: pnpm tsx scripts/demo.ts [options]

  --dir FOLDER     where (default .data-demo); one that has results is refused
  --targets N      targets in each of three regions, 1 to 60 (default 60)
  --days N         days until now, 1 to 400 (default 90), hourly, and every 15 minutes in the last seven
  --seed N         other outages, prices and times (default 1)
  --help           this text

It takes a minute or two. Nothing is called: every provider, run and result is marked synthetic. Afterwards look at it with
DATA_DIR=.data-demo pnpm start --no-schedule

Exit codes: 0 done, 2 bad usage, or the folder has results, 3 the database failed on the way: delete the folder.
`

const flags = z.object({
  dir: z.string().trim().min(1, 'must not be empty').default('.data-demo'),
  targets: whole(1, 60).default(60),
  days: whole(1, 400).default(90),
  seed: whole(0, 1_000_000).default(1),
})

/** `demo`: a database of made-up history. */
export const demo = defineCommand({
  name: 'demo',
  help,
  flags,
  needs: 'nothing',
  run: ({ dir, ...size }, { openDatabase, streams }) =>
    withDatabase(
      () => openDatabase(dir),
      ({ sql }) => fill(sql, { dir, size, streams }),
    ),
})

interface Filling {
  dir: string
  size: DemoSize
  streams: Streams
}

async function fill(sql: Sql, { dir, size, streams: { stdout, stderr } }: Filling) {
  const { rows } = await sql.query('select from public.runs limit 1')
  if (rows.length > 0)
    return { problem: `${dir} has runs already: delete it, or choose another folder with --dir` }
  const began = Date.now()
  const tell = (message: string) => stderr.write(`${Math.round((Date.now() - began) / 1000)} s  ${message}\n`)
  const results = await fillDemo(sql, size, { now: new Date(), tell })
  stdout.write(`${results} made-up results are in ${dir}. Look at them with
DATA_DIR=${dir} pnpm start --no-schedule
`)
  return exitCode.ok
}
