import { openEmbedded } from '../../src/embedded/embedded.ts'
import type { Reply, Request } from './embedded-processes.ts'

/** A process that opens the embedded database of a directory and executes a test's requests. */
const [dir = ''] = process.argv.slice(2)
const log: string[] = []
const prepare = 'create table if not exists notes (writer text, number int, padding text)'
const reply = (message: Reply) => process.send?.(message)

try {
  const sql = await openEmbedded({
    dir,
    prepare: (owner) => owner.exec(prepare),
    log: (line) => log.push(line),
  })
  process.on('message', (request: Request) => void answer(request))
  reply({ id: 0, log })

  const answer = async ({ id, text, values }: Request): Promise<void> => {
    try {
      if (text === 'close') {
        await sql.close()
        reply({ id })
        // Without the channel to the test, only something the database left open can keep this process alive.
        return process.disconnect()
      }
      reply({ id, rows: (await sql.query(text, values)).rows, log })
    } catch (error) {
      reply({ id, error: describe(error) })
    }
  }
} catch (error) {
  reply({ id: 0, error: describe(error) })
  process.disconnect()
}

function describe(error: unknown): { code: string; kind: string; message: string } {
  const { code, kind, message } = error as { code?: string; kind?: string; message: string }
  return { code: String(code), kind: String(kind), message }
}
