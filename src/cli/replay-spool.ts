import { parseArgs } from 'node:util'
import { messageOf } from '../core/error.ts'
import { replayText } from '../report/spool.ts'
import { printable } from '../report/format.ts'
import { replaySpool } from '../store/spool.ts'
import { exitCode, type OpenApp, type Streams } from './app.ts'
import { refuse, storeFailure } from './benchmark-once.ts'
import { tolerateLostOutput } from './streams.ts'

const help = `Deliver what could not be recorded while the database was away.

Usage: pnpm tsx scripts/replay-spool.ts [--json]

  --json                one JSON document {files, delivered, rejected, away} on stdout, nothing else
  --help                this text

Runs do this by themselves when they begin. Everything is delivered once, however often this is run. What no database takes is kept
in a file that ends with .rejected.

Exit codes: 0 nothing waits any more, 1 something was refused, 2 bad usage or configuration, 3 the database is still away.
`

/** `replay-spool`: delivers the spool. Returns the exit code. */
export async function replaySpoolCommand(
  argv: string[],
  openApp: OpenApp,
  streams: Streams = process,
): Promise<number> {
  tolerateLostOutput(streams)
  const flags = readFlags(argv)
  if ('problem' in flags) return refuse(flags.problem, { json: argv.includes('--json'), streams })
  if (flags.help) {
    streams.stdout.write(help)
    return exitCode.ok
  }
  const app = openApp()
  const { json } = flags
  if ('problems' in app) return refuse(app.problems.join('\n'), { json, streams })
  if (app.spool === null) return refuse('there is no spool here: the disk is not kept', { json, streams })
  try {
    const store = await app.store.open()
    try {
      const replay = await replaySpool(app.spool.dir, store.deliver)
      const away = replay.away === null ? null : replay.away.message
      streams.stdout.write(
        json ? `${JSON.stringify({ ...replay, away }, null, 2)}\n` : `${printable(replayText(replay))}\n`,
      )
      if (replay.away !== null) return exitCode.notRecorded
      return replay.rejected.length > 0 ? exitCode.allFailed : exitCode.ok
    } finally {
      await store.close()
    }
  } catch (error) {
    return storeFailure(error, { app, json, streams })
  }
}

function readFlags(argv: string[]): { json: boolean; help: boolean } | { problem: string } {
  const yes = { type: 'boolean', default: false } as const
  try {
    return parseArgs({ args: argv, options: { json: yes, help: { ...yes, short: 'h' } } }).values
  } catch (error) {
    return { problem: messageOf(error).split('. ')[0] ?? '' }
  }
}
