import { query } from '../src/cli/query.ts'
import { main } from '../src/main.ts'

await main(query)
