import http from 'node:http'
import https from 'node:https'

/** As many as a sweep has in flight at most. */
const mostIdle = 2000

/** Agents whose sockets serve one request after another, in this thread. Idle sockets do not keep it alive. */
const agents = new Map<string, http.Agent>()

/** The agent of an origin. What the guard let through for one provider serves no other kind: `isTrusted` tells them apart. */
export function keptAgent(origin: string, isTrusted: boolean): http.Agent {
  const name = `${isTrusted ? 'trusted' : 'guarded'} ${origin}`
  const kept = agents.get(name)
  if (kept !== undefined) return kept
  const agent = new (origin.startsWith('https:') ? https : http).Agent({
    keepAlive: true,
    maxFreeSockets: mostIdle,
  })
  agents.set(name, agent)
  return agent
}
