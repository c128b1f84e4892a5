import { z } from 'zod'
import { openFleet } from '../fleet/open-fleet.ts'
import { keepPlanners } from '../fleet/keep-planners.ts'
import { printable } from '../report/format.ts'
import { defineCommand } from './command.ts'
import { exitCode } from './exit-code.ts'
import { names, yes } from './flags.ts'
import { keptByFile } from './kept-by-file.ts'
import { allConfigured, callableProviders } from './providers.ts'
import { stoppable } from './stop.ts'

const help = `Plan for a fleet: the calls of the next slot of each region, and who is to make them, until stopped. It calls nobody.

Usage: pnpm tsx scripts/planner.ts [--region NAME]... [--quiet]

  --region NAME   a region whose workers it plans for; may be repeated (default BENCHMARK_REGION)
  --quiet         errors only
  --help          this text

Every worker plans for its region unless it was started with --no-plan: planners of their own are for fleets of many workers.
However many there are, and whatever their clocks say, each slot is planned once for each region.

Exit codes: 0 ended by a signal, 2 bad usage or configuration, 3 the database was unreachable at the start.
`

const flags = z.object({ region: names, quiet: yes })

/** `planner`: plans the slots of regions, until SIGINT or SIGTERM. */
export const planner = defineCommand({
  name: 'planner',
  help,
  flags,
  needs: 'app',
  leaveMs: 300,
  run: async ({ region: given, quiet }, { app: plain, streams }) => {
    const app = keptByFile(plain, streams)
    const regions = given.length > 0 ? given : [app.config.defaults.region]
    const say = quiet ? () => undefined : (line: string) => void streams.stdout.write(`${printable(line)}\n`)
    const callable = await callableProviders(allConfigured, app)
    if ('problem' in callable) return callable
    try {
      return await stoppable(async ({ stop }) => {
        const fleet = await openFleet({ app, regions, configured: callable.providers, say, stop })
        if ('problem' in fleet) return fleet
        try {
          say(`planner ${app.owner} of ${regions.join(', ')}, with ${app.store.name}`)
          await keepPlanners(regions.map(fleet.planner), app, stop)
          return exitCode.ok
        } finally {
          await fleet.close()
        }
      })
    } finally {
      await callable.close()
    }
  },
})
