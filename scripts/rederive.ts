import { rederive } from '../src/cli/rederive.ts'
import { main } from '../src/main.ts'

await main(rederive)
