import { openEmbedded } from '../../src/embedded/embedded.ts'
import type { Order, Reply } from './embedded-processes.ts'

/** A process with the embedded database of a directory, at the orders of a test. */
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
  process.on('message', (order: Order) => void obey(order))
  reply({ id: 0, log })

  const obey = async ({ id, text, values }: Order): Promise<void> => {
    try {
      if (text === 'close') {
        await sql.close()
        reply({ id })
        // With the channel to the test gone, nothing but what the database left can keep this process alive.
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
