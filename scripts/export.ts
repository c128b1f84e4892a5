import { exportResults } from '../src/cli/export.ts'
import { main } from '../src/main.ts'

await main(exportResults)
