import { syncModels } from '../src/cli/sync-models.ts'
import { main } from '../src/main.ts'

await main(syncModels)
