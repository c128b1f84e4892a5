import { openApp } from '../src/app.ts'
import { syncModels } from '../src/cli/sync-models.ts'

process.exitCode = await syncModels(process.argv.slice(2), openApp)
