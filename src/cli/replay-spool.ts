import { z } from 'zod'
import { toJsonText } from '../core/json.ts'
import { replayText } from '../report/spool.ts'
import { printable } from '../report/format.ts'
import { replaySpool } from '../store/replay.ts'
import { withStore } from '../store/with-store.ts'
import { exitCode } from './exit-code.ts'
import { defineCommand } from './command.ts'
import { yes } from './flags.ts'

const help = `Record the results that were spooled to disk because the database did not take them.

Usage: pnpm tsx scripts/replay-spool.ts [--json]

  --json                one JSON document {files, delivered, rejected, away} on stdout, nothing else
  --help                this text

Every run does this when it starts. Each result is recorded once, however often this is run. What the database refuses for now
waits, and does not stop the rest. What it will never take is set aside, with the reason, in a file that ends with .rejected;
without that ending the file is tried again.

Exit codes: 0 the spool is empty, 1 something was set aside, 2 bad usage or configuration, 3 something still waits for the database.
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
      const { waiting, ...counts } = replay
      const document = { ...counts, away: waiting?.message ?? null }
      streams.stdout.write(json ? `${toJsonText(document, 2)}\n` : `${printable(replayText(replay))}\n`)
      if (waiting !== null) return exitCode.notRecorded
      return replay.rejected.length > 0 ? exitCode.allFailed : exitCode.ok
    })
  },
})
