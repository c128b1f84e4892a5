import { replaySpoolCommand } from '../src/cli/replay-spool.ts'
import { main } from '../src/main.ts'

await main(replaySpoolCommand)
