import { z } from 'zod'
import { counted } from '../core/text.ts'
import { openFleet } from '../fleet/open-fleet.ts'
import { keepWorker, type WorkerCounts } from '../fleet/worker.ts'
import type { App } from '../jobs/app.ts'
import { openSession } from '../jobs/session.ts'
import { printable } from '../report/format.ts'
import { defineCommand } from './command.ts'
import { exitCode } from './exit-code.ts'
import type { CommandFailure } from './failure.ts'
import { text, whole, yes } from './flags.ts'
import { keptByFile } from './kept-by-file.ts'
import { sweepPool } from './measuring-pool.ts'
import { allConfigured, type Callable, callableProviders } from './providers.ts'
import { type Stop, stoppable } from './stop.ts'
import type { Streams } from './streams.ts'

const help = `Work in a fleet: make the scheduled calls of a region together with other workers, wherever they are, until stopped.

Usage: pnpm tsx scripts/worker.ts [--region NAME] [--concurrency N] [--no-plan] [--quiet]

  --region NAME     the region that it calls from (default BENCHMARK_REGION)
  --concurrency N   calls at once, from 1 to 64 (default 16)
  --no-plan         only make calls; scripts/planner.ts or other workers plan them
  --quiet           errors only
  --help            this text

Workers share a Postgres (DATABASE_URL), or on one machine the embedded database; each has the keys of the same providers. The
calls of a slot (BENCHMARK_SCHEDULE) are spread over its interval, and no provider has more of them at once from a region than
it has lanes (4). docs/fleet.md says how to run many.
Ctrl-C finishes the calls in hand, gives back what is left and ends; a second one ends the calls too.

Exit codes: 0 ended by a signal, 2 bad usage or configuration, 3 the database was unreachable at the start, or results are lost.
`

const flags = z.object({
  region: text,
  concurrency: whole(1, 64).default(16),
  noPlan: yes,
  quiet: yes,
})

/** `worker`: makes the shards of a region, until SIGINT or SIGTERM. */
export const worker = defineCommand({
  name: 'worker',
  help,
  flags,
  needs: 'app',
  leaveMs: 300,
  run: async ({ region: given, concurrency, noPlan, quiet }, { app: plain, streams }) => {
    const app = keptByFile(plain, streams)
    const region = given ?? app.config.defaults.region
    const callable = await callableProviders(allConfigured, app)
    if ('problem' in callable) return callable
    const working = { app, region, concurrency, isPlanning: !noPlan, quiet, streams, callable }
    try {
      return await stoppable((stop) => work({ ...working, ...stop }), {
        stderr: streams.stderr,
        ...announced,
      })
    } finally {
      await callable.close()
    }
  },
})

const announced = {
  finishing: 'finishing the calls in hand, and giving back what is left; press again to end them too',
  dropping: 'ending the calls in hand; press again to exit at once',
}

interface Working extends Stop {
  app: App
  region: string
  concurrency: number
  isPlanning: boolean
  quiet: boolean
  streams: Streams
  callable: Callable
}

async function work(given: Working): Promise<number | CommandFailure> {
  const { app, region, concurrency, isPlanning, quiet, streams, callable, stop, abort } = given
  const { providers: configured } = callable
  const say = quiet ? () => undefined : (line: string) => void streams.stdout.write(`${printable(line)}\n`)
  const fleet = await openFleet({ app, regions: [region], configured, say, stop })
  if ('problem' in fleet) return fleet
  const { defaults } = app.config
  const pool = await sweepPool({ loads: [{ concurrency }], threads: null, defaults }, configured, app)
  try {
    const { store, engine, aftermath } = fleet
    const { clock, env, config, texts } = app
    const { measure } = await openSession({
      openStore: () => Promise.resolve(store),
      providers: configured,
      clock,
      env,
      egressAllow: config.egressAllow,
      longestMs: defaults.timeouts.total,
      abort,
      texts,
      pool,
    })
    say(`worker ${app.owner} of ${region}: ${counted(concurrency, 'call')} at once, with ${app.store.name}`)
    const counts = await keepWorker({
      region,
      concurrency,
      configured,
      store,
      measure,
      engine,
      planner: isPlanning ? fleet.planner(region) : null,
      aftermath,
      app,
      random: Math.random,
      say,
      stop,
    })
    say(countsText(counts))
    return counts.lost > 0 ? exitCode.notRecorded : exitCode.ok
  } finally {
    await pool.close()
    await fleet.close()
  }
}

const countsText = ({ shards, calls, succeeded, spooled, lost }: WorkerCounts): string =>
  [
    `${counted(calls, 'call')} of ${counted(shards, 'shard')}: ${succeeded} ok, ${calls - succeeded} failed`,
    ...(spooled > 0 ? [`${spooled} waited on disk`] : []),
    ...(lost > 0 ? [`${lost} are only in the log`] : []),
  ].join(', ')
