import { createServer, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Sql } from '../../src/store/connection.ts'
import { makeFolder, removeFolder, start } from '../support/command.ts'
import { holdDatabase } from '../support/held-database.ts'
import { delta, event, listening, pause, stop, streamHead } from '../support/loopback.ts'

let cwd: string
let database: Sql
beforeAll(async () => {
  cwd = makeFolder()
  database = await holdDatabase(cwd)
})
afterAll(async () => {
  await database.close()
  removeFolder(cwd)
})

/** Stops a run for 2.5 s after its first token, while a server in this process does this with its socket. */
async function stopped(meanwhile: (socket: Socket) => void) {
  const { promise: streaming, resolve } = Promise.withResolvers<Socket>()
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => socket.destroy())
    socket.once('data', () => {
      socket.write(streamHead + delta({ content: 'Hello' }))
      resolve(socket)
    })
  })
  try {
    const env = { LLM_BASE_URL: `${await listening(server)}/v1`, LLM_MODEL: 'm', TIMEOUT_IDLE_S: '2' }
    const running = start('run.ts', ['--json'], { cwd, env })
    const socket = await streaming
    // The token has been read.
    await pause(200)
    running.child.kill('SIGSTOP')
    meanwhile(socket)
    await pause(2500)
    running.child.kill('SIGCONT')
    const { stdout } = await running.ended
    const { results } = JSON.parse(stdout) as { results: Record<string, unknown>[] }
    return results[0]
  } finally {
    server.close()
  }
}

test.concurrent('a run that was stopped while its provider went on reads what came meanwhile', async () => {
  const seen = await stopped((socket) => {
    socket.end(delta({ content: ' there' }) + stop + event('[DONE]'))
  })
  expect(seen).toMatchObject({ success: true, response_text: 'Hello there' })
  // A busy machine may have been late at the first token too, and then it is untrusted.
  expect(seen?.['timing_quality']).toBeOneOf(['degraded', 'untrusted'])
})

test.concurrent('a run that was stopped does not hold a silence or a broken connection against its provider', async () => {
  const [silent, broken] = await Promise.all([
    stopped(() => {}),
    stopped((socket) => socket.resetAndDestroy()),
  ])
  expect(silent).toMatchObject({ error_kind: 'self', fault_domain: 'self' })
  expect(broken).toMatchObject({ fault_domain: 'self' })
})
