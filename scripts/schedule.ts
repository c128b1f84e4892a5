import { openApp } from '../src/app.ts'
import { schedule } from '../src/cli/schedule.ts'

process.exitCode = await schedule(process.argv.slice(2), openApp)
