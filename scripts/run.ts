import { openApp } from '../src/app.ts'
import { run } from '../src/cli/run.ts'

process.exitCode = await run(process.argv.slice(2), openApp)
