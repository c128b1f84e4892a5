import { migrate } from '../src/cli/migrate.ts'
import { main } from '../src/main.ts'

await main(migrate)
