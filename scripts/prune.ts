import { pruneCommand } from '../src/cli/prune.ts'
import { main } from '../src/main.ts'

await main(pruneCommand)
