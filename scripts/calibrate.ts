import { calibrate } from '../src/cli/calibrate.ts'
import { main } from '../src/main.ts'

await main(calibrate)
