import { rebuildRollups } from '../src/cli/rebuild-rollups.ts'
import { main } from '../src/main.ts'

await main(rebuildRollups)
