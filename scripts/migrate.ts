import { openDatabase } from '../src/app.ts'
import { migrate } from '../src/cli/migrate.ts'

process.exitCode = await migrate(process.argv.slice(2), openDatabase)
