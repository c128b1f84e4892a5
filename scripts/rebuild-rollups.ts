import { openApp } from '../src/app.ts'
import { rebuildRollups } from '../src/cli/rebuild-rollups.ts'

process.exitCode = await rebuildRollups(process.argv.slice(2), openApp)
