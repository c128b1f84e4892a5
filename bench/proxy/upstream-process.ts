import { subscribe } from 'node:diagnostics_channel'
import type { ServerResponse } from 'node:http'
import { machineClock } from '../../src/core/clock.ts'
import { startSynthetic } from '../../src/synthetic/server.ts'
import { arrivedHeader } from './answers.ts'

// The synthetic provider in a process of its own. It says of every request when its head had arrived, and in every token when
// that was written, by the clock of the machine. Its stamps are in the text, because LiteLLM drops fields that it does not know.
subscribe('http.server.request.start', (message) => {
  const { response } = message as { response: ServerResponse }
  response.setHeader(arrivedHeader, String(machineClock.now()))
  const write = response.write.bind(response) as (text: string) => boolean
  response.write = (text: string) => {
    const isOpen = write(text.replace(/"content":"(?!")/, (field) => `${field}${machineClock.now()}|`))
    // It is sent now, not at the end of this turn.
    response.socket?.uncork()
    return isOpen
  }
})
const { port } = await startSynthetic()
process.send?.(port)
process.once('disconnect', () => process.exit())
