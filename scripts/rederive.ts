import { openApp } from '../src/app.ts'
import { rederive } from '../src/cli/rederive.ts'

process.exitCode = await rederive(process.argv.slice(2), openApp)
