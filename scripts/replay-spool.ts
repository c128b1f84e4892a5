import { openApp } from '../src/app.ts'
import { replaySpoolCommand } from '../src/cli/replay-spool.ts'

process.exitCode = await replaySpoolCommand(process.argv.slice(2), openApp)
