import type { ClientRequest, IncomingMessage } from 'node:http'

/** How long the rest of an answer may take that is over for us, in ms, so that its socket can serve another request. */
const restMs = 1000

/** Leaves the socket of an answered request to its agent once the answer's last byte is there; closes it if none comes. */
export function release(request: ClientRequest, response: IncomingMessage): void {
  const late = setTimeout(() => request.destroy(), restMs).unref()
  response.once('close', () => {
    clearTimeout(late)
  })
  response.resume()
}
