import { run } from '../src/cli/run.ts'
import { main } from '../src/main.ts'

await main(run)
