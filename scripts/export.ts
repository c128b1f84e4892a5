import { openApp } from '../src/app.ts'
import { exportResults } from '../src/cli/export.ts'

process.exitCode = await exportResults(process.argv.slice(2), openApp)
