import { z } from 'zod'
import { cronProblem } from '../run/slot.ts'
import { defineCommand } from './command.ts'
import { yes } from './flags.ts'
import { keepJobs } from './keep-jobs.ts'
import { keptByFile } from './kept-by-file.ts'
import { allConfigured, callableProviders } from './providers.ts'

const help = `Benchmark on a schedule, rebuild the leaderboards once an hour, and once a week sync models and prices (SYNC_SCHEDULE) and prune
what is too old (PRUNE_SCHEDULE), until stopped.

Usage: pnpm tsx scripts/schedule.ts [--cron EXPRESSION] [--synthetic] [--quiet]

  --cron EXPRESSION   when to run, in UTC (default BENCHMARK_SCHEDULE, else every 15 minutes)
  --synthetic         the built-in synthetic provider instead of those with a key
  --quiet             errors only
  --help              this text

Every run is for the slot of the schedule that has just begun; a slot has one run, however many schedulers there are.
A slot that passed without a run, because the machine slept or a run took too long, is filed as missed with the reason.
Ctrl-C finishes the probe in hand, closes the run and ends.

Exit codes: 0 ended by a signal, 2 bad usage or configuration, 4 the same as 0, but a job had to be ended because it was stuck.
`

const flags = z.object({ cron: z.string().nullable().default(null), synthetic: yes, quiet: yes })

/** `schedule`: starts every scheduled job at its times, until SIGINT or SIGTERM. */
export const schedule = defineCommand({
  name: 'schedule',
  help,
  flags,
  needs: 'app',
  leaveMs: 300,
  run: async ({ cron: given, synthetic, quiet }, { app, streams }) => {
    const { defaults } = app.config
    const cron = given ?? defaults.schedule.cron
    const problem = cronProblem(cron)
    if (problem !== null) return { problem: `--cron: ${problem}` }
    const callable = await callableProviders({ ...allConfigured, synthetic }, app)
    if ('problem' in callable) return callable
    const { providers: configured, close } = callable
    const config = { ...app.config, defaults: { ...defaults, schedule: { ...defaults.schedule, cron } } }
    try {
      return await keepJobs(keptByFile({ ...app, config }, streams), { configured, streams, quiet })
    } finally {
      await close()
    }
  },
})
