import { fork } from 'node:child_process'
import { once } from 'node:events'
import { cpus, loadavg } from 'node:os'
import { fileURLToPath } from 'node:url'
import { atLeast, atMost, type Goal } from '../goals.ts'
import type { Row } from './measure.ts'
import { fromSent, type Measured } from './output.ts'
import { builtVegeta, ourSender, type Tool } from './tools.ts'

// Whether a generator of load sees a pause of the server as everybody met it that was due in it.
export const serviceMs = 5
export const pausesAfterMs = 2000
export const pauseMs = 1000
const load = { rate: 100, seconds: 6, connections: 256, threads: 1 }

/** What arithmetic says: mean 89, p50 5, p90 406, p99 945. A tool that sends less while it waits finds a p90 near 5. */
function arithmetic(): Measured {
  const requests = load.rate * load.seconds
  const latenciesMs = Array.from({ length: requests }, (_, index) => {
    const at = (index * 1000) / load.rate - pausesAfterMs
    return serviceMs + (at >= 0 && at < pauseMs ? pauseMs - at : 0)
  })
  return fromSent({ requests, latenciesMs, lateMs: [0], errors: {}, tookMs: load.seconds * 1000 })
}

async function measure(tool: Tool): Promise<Measured> {
  const child = fork(fileURLToPath(new URL('pause-process.ts', import.meta.url)), { execArgv: [] })
  try {
    const [port] = (await once(child, 'message')) as [number]
    const origin = `http://127.0.0.1:${port}`
    await tool.measure(`${origin}/warm-up`, { ...load, seconds: 1 })
    return await tool.measure(`${origin}/`, load)
  } finally {
    child.kill()
  }
}

const rowOf = (server: string, { perS, p50, p95, p99, lateP99, errors }: Measured): Row => ({
  what: 'a server of 5 ms that pauses for 1 s',
  server,
  cost: { perS, ttftP50: null, p50, p95, p99, lateP99, cpu: null, errors },
})

/** Our sender beside arithmetic, and beside vegeta if it can be had. On a busy machine its times are shown, and not judged. */
export async function checkSender(say: (message: string) => void): Promise<{ rows: Row[]; goals: Goal[] }> {
  const vegeta = builtVegeta()
  if (vegeta === null) say('skipped: vegeta, because neither it nor Go is here')
  const isBusy = (loadavg()[0] ?? 0) > cpus().length
  if (isBusy)
    say(
      `not judged: the times of our sender, because other programs keep this machine busy (load ${loadavg()[0]})`,
    )
  const truth = arithmetic()
  const ours = await measure(ourSender)
  const theirs = vegeta === null ? null : await measure(vegeta)
  const off = (key: 'meanMs' | 'p90' | 'p99', than: Measured) =>
    100 * Math.abs((ours[key] ?? Number.NaN) / (than[key] ?? Number.NaN) - 1)
  return {
    rows: [
      rowOf('arithmetic', truth),
      rowOf('our sender', ours),
      ...(theirs === null ? [] : [rowOf('vegeta', theirs)]),
    ],
    goals: [
      atLeast('our sender: requests answered', truth.requests, ours.requests - ours.errors),
      ...(isBusy
        ? []
        : [
            atMost('our sender: p50 beyond arithmetic, ms', 3, (ours.p50 ?? Number.NaN) - serviceMs),
            atMost('our sender: mean, % off arithmetic', 10, off('meanMs', truth)),
            atMost('our sender: p90, % off arithmetic', 10, off('p90', truth)),
            atMost('our sender: p99, % off arithmetic', 3, off('p99', truth)),
            ...(theirs === null ? [] : [atMost('our sender: p99, % off vegeta', 5, off('p99', theirs))]),
          ]),
    ],
  }
}
