import { z } from 'zod'
import { replayText } from '../report/spool.ts'
import { printable } from '../report/format.ts'
import { replaySpool } from '../store/spool.ts'
import { exitCode } from './exit-code.ts'
import { defineCommand, withStore } from './command.ts'
import { yes } from './flags.ts'

const help = `Deliver what could not be recorded while the database was away.

Usage: pnpm tsx scripts/replay-spool.ts [--json]

  --json                one JSON document {files, delivered, rejected, away} on stdout, nothing else
  --help                this text

Runs do this by themselves when they begin. Everything is delivered once, however often this is run. What no database takes is kept
in a file that ends with .rejected.

Exit codes: 0 nothing waits any more, 1 something was refused, 2 bad usage or configuration, 3 the database is still away.
`

/** `replay-spool`: delivers the spool. */
export const replaySpoolCommand = defineCommand({
  name: 'replay-spool',
  help,
  flags: z.object({ json: yes }),
  needs: 'app',
  run: async ({ json }, { app, streams }) => {
    const { spool } = app
    if (spool === null) return { problem: 'there is no spool here: the disk is not kept' }
    return withStore(app.store.open, async (store) => {
      const replay = await replaySpool(spool.dir, store.deliver)
      const away = replay.away === null ? null : replay.away.message
      streams.stdout.write(
        json ? `${JSON.stringify({ ...replay, away }, null, 2)}\n` : `${printable(replayText(replay))}\n`,
      )
      if (replay.away !== null) return exitCode.notRecorded
      return replay.rejected.length > 0 ? exitCode.allFailed : exitCode.ok
    })
  },
})
