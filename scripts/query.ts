import { openDatabase } from '../src/app.ts'
import { query } from '../src/cli/query.ts'

process.exitCode = await query(process.argv.slice(2), openDatabase)
