import { parseArgs } from 'node:util'
import { openDatabases } from './history/databases.ts'

const { values } = parseArgs({
  options: {
    json: { type: 'boolean' },
    rows: { type: 'string', default: '10000000' },
    data: { type: 'string' },
  },
})
const began = performance.now()
const say = (message: string) =>
  process.stderr.write(`${Math.round((performance.now() - began) / 1000)} s  ${message}\n`)

const databases = await openDatabases(Number(values.rows), values.data ?? null, say)
await databases.stop()
console.log(databases.timings)
