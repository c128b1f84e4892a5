import { models } from '../src/cli/models.ts'
import { main } from '../src/main.ts'

await main(models)
