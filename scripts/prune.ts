import { openApp } from '../src/app.ts'
import { pruneCommand } from '../src/cli/prune.ts'

process.exitCode = await pruneCommand(process.argv.slice(2), openApp)
