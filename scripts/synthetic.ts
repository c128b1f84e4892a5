import { synthetic } from '../src/cli/synthetic.ts'
import { main } from '../src/main.ts'

await main(synthetic)
