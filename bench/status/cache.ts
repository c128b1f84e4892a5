import { loadavg } from 'node:os'
import { atLeast, median, round } from '../goals.ts'
import type { Part } from '../parts.ts'
import { type Load, rateOf } from './rate.ts'
import { startServer } from './server.ts'

const leastPerSecond = 1_000

/** Requests per second of the page from memory beside a bare static file of the same bytes, in turn, as medians. */
export const cache: Part = async ({ short, say }) => {
  const { port, filePort, close } = await startServer()
  const how = { connections: 16, seconds: short ? 1 : 5 }
  const br = { 'accept-encoding': 'br' }
  try {
    const etag = (await fetch(`http://127.0.0.1:${port}/status`, { headers: br })).headers.get('etag') ?? ''
    const loads: Record<string, Load> = {
      'a static file of these bytes': { port: filePort, path: '/status', ...how },
      '/status, compressed': { port, path: '/status', headers: br, ...how },
      '/status, which the reader has': {
        port,
        path: '/status',
        headers: { ...br, 'if-none-match': etag },
        ...how,
      },
      'a badge': { port, path: '/badge/provider-1/model-7/status.svg', headers: br, ...how },
    }
    for (const load of Object.values(loads)) await rateOf({ ...load, seconds: 1 })
    const rounds: Awaited<ReturnType<typeof rateOf>>[][] = []
    while (rounds.length < (short ? 3 : 7)) {
      const each: (typeof rounds)[number] = []
      for (const load of Object.values(loads)) each.push(await rateOf(load))
      rounds.push(each)
      say(
        `round ${rounds.length}: ${each.map(({ perSecond }) => Math.round(perSecond)).join(', ')} requests/s`,
      )
    }
    const of = (index: number) => median(rounds.map((each) => each[index]?.perSecond ?? 0))
    const ratio = (index: number) =>
      median(rounds.map((each) => (each[index]?.perSecond ?? 0) / (each[0]?.perSecond ?? 0)))
    return {
      figures: Object.keys(loads).map((what, index) => ({
        what,
        status: rounds[0]?.[index]?.status,
        bytes: rounds[0]?.[index]?.bytes,
        'requests/s': Math.round(of(index)),
        'of the file': round(ratio(index)),
        load: round(loadavg()[0] ?? 0),
      })),
      goals: [atLeast('/status from memory, requests/s', leastPerSecond, of(1))],
    }
  } finally {
    await close()
  }
}
