import { doctor } from '../src/cli/doctor.ts'
import { main } from '../src/main.ts'

await main(doctor)
