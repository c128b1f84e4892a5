import { setTimeout as sleep } from 'node:timers/promises'
import { openEmbedded } from '../../src/embedded/embedded.ts'
import { allReads, readSubjects } from './reads.ts'

// Reads an embedded database over and over, as a dashboard beside a run would, until it is told to stop. Says
// when it has begun and how often it has read everything.
const [dir = '', pauseMs = '0'] = process.argv.slice(2)
const sql = await openEmbedded({ dir })
const reads = allReads(await readSubjects(sql))
const told = new AbortController()
process.once('SIGTERM', () => told.abort())
let n = 0
process.stdout.write('reading\n')
while (!told.signal.aborted) {
  for (const { text } of reads) {
    if (told.signal.aborted) break
    await sql.query(text)
    await sleep(Number(pauseMs))
  }
  n += 1
}
process.stdout.write(`${n}\n`)
await sql.close()
