import { schedule } from '../src/cli/schedule.ts'
import { main } from '../src/main.ts'

await main(schedule)
