import { openApp } from '../src/app.ts'
import { doctor } from '../src/cli/doctor.ts'

const { env, version: nodeVersion } = process
process.exitCode = await doctor(process.argv.slice(2), { openApp, env, nodeVersion })
