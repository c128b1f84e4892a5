import { z } from 'zod'
import { replayText } from '../report/spool.ts'
import { printable } from '../report/format.ts'
import { replaySpool } from '../store/spool.ts'
import { withStore } from '../store/with-store.ts'
import { exitCode } from './exit-code.ts'
import { defineCommand } from './command.ts'
import { yes } from './flags.ts'

const help = `Record the results that were spooled to disk while the database was unreachable.

Usage: pnpm tsx scripts/replay-spool.ts [--json]

  --json                one JSON document {files, delivered, rejected, away} on stdout, nothing else
  --help                this text

Every run does this when it starts. Each result is recorded once, however often this is run. What the database rejects is kept
in a file that ends with .rejected.

Exit codes: 0 the spool is empty, 1 something was rejected, 2 bad usage or configuration, 3 the database is still unreachable.
`

/** `replay-spool`: delivers the spool. */
export const replaySpoolCommand = defineCommand({
  name: 'replay-spool',
  help,
  flags: z.object({ json: yes }),
  needs: 'app',
  run: async ({ json }, { app, streams }) => {
    const { spool } = app
    if (spool === null) return { problem: 'there is no spool here: the disk is not persistent' }
    return withStore(app.store.open, async (store) => {
      const replay = await replaySpool(spool.dir, store.deliver)
      const { unreachable, ...counts } = replay
      const document = { ...counts, away: unreachable?.message ?? null }
      streams.stdout.write(
        json ? `${JSON.stringify(document, null, 2)}\n` : `${printable(replayText(replay))}\n`,
      )
      if (unreachable !== null) return exitCode.notRecorded
      return replay.rejected.length > 0 ? exitCode.allFailed : exitCode.ok
    })
  },
})
