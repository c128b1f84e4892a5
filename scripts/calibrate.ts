import { openApp } from '../src/app.ts'
import { calibrate } from '../src/cli/calibrate.ts'

process.exitCode = await calibrate(process.argv.slice(2), openApp)
