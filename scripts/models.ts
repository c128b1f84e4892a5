import { openApp } from '../src/app.ts'
import { models } from '../src/cli/models.ts'

process.exitCode = await models(process.argv.slice(2), openApp)
