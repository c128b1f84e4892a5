import type { App } from '../jobs/app.ts'
import { seedFrom, sweepOf } from '../jobs/asked-sweep.ts'
import { madeWith } from '../jobs/made-with.ts'
import { readSweep } from '../jobs/read-sweep.ts'
import { secretsOf } from '../jobs/secrets.ts'
import type { StartedBenchmark } from '../jobs/started-benchmark.ts'
import { describeRecorded } from '../jobs/sweep-tasks.ts'
import { keptObjectives } from '../report/describe-sweep.ts'
import type { Store } from '../store/store.ts'
import { withStore } from '../store/with-store.ts'
import { askedIn, objectivesOf } from './asked-sweep.ts'
import { runBenchmark } from './benchmark.ts'
import { defineCommand } from './command.ts'
import { exitCode } from './exit-code.ts'
import type { CommandFailure } from './failure.ts'
import { callableProviders } from './providers.ts'
import { defaultsWith } from './run.ts'
import { leaveFiles } from './leave-files.ts'
import { printSweep, showSweep } from './show-sweep.ts'
import type { ShownSweep } from './shown-sweep.ts'
import { showSmoke } from './smoke.ts'
import type { Streams } from './streams.ts'
import { sweepPool } from './measuring-pool.ts'
import { namedFiles, unwritableFile } from './sweep-files.ts'
import { type SweepFlags, sweepFlags } from './sweep-flags.ts'
import { sweepHelp } from './sweep-help.ts'
import { toStdout } from './sweep-rules.ts'
import { readWork } from './sweep-work.ts'
import { watchCpu } from './watch-cpu.ts'

/** `sweep`: loads endpoints level by level and reports each level. */
export const sweep = defineCommand({
  name: 'sweep',
  help: sweepHelp,
  flags: sweepFlags,
  needs: 'app',
  run: async (flags, { app, streams, argv }) => {
    if (flags.verbose) app.log.level = 'debug'
    const { run } = flags
    const unwritten = unwritableFile(namedFiles(flags))
    if (unwritten !== null) return { problem: unwritten }
    return run === null
      ? makeSweep(flags, app, { streams, argv })
      : withStore(app.store.open, (store) => reportStored(run, { flags, app, store, streams }))
  },
})

/** Where a command writes, and how it was called. */
interface Called {
  streams: Streams
  argv: readonly string[]
}

async function makeSweep(
  given: SweepFlags,
  app: App,
  { streams, argv }: Called,
): Promise<number | CommandFailure> {
  const flags = withModel(given, app.env)
  if ('problem' in flags) return flags
  const defaults = defaultsWith(flags, app)
  if ('problem' in defaults) return defaults
  const files = readWork(flags)
  if ('problem' in files) return files
  const callable = await callableProviders(flags, app)
  if ('problem' in callable) return callable
  const { json, quiet, verbose, noSave, threads } = flags
  const asked = sweepOf(askedIn(flags), { drawSeed: seedFrom(app), ...files })
  const pool = await sweepPool({ loads: asked.loads, threads, defaults }, callable.providers, app)
  const cpu = watchCpu(app.clock, pool.cpuMs)
  const show = (started: StartedBenchmark) =>
    flags.smoke
      ? showSmoke(started, { streams, json })
      : showSweep(started, shownAs(flags, streams), { app, save: !noSave, cpu })
  try {
    return await runBenchmark(
      {
        ...selectionOf(flags),
        ...(flags.smoke ? {} : { sweep: asked }),
        madeWith: madeWith(
          ['pnpm', 'tsx', 'scripts/sweep.ts', ...argv],
          secretsOf(app.env, callable.providers),
        ),
        configured: callable.providers,
        pool,
        defaults,
        save: !noSave,
      },
      app,
      { streams, json, quiet, verbose, out: null, show },
    )
  } finally {
    await pool.close()
    await callable.close()
  }
}

/** An endpoint's model may be in the environment, as that of LLM_BASE_URL is. */
function withModel(flags: SweepFlags, env: App['env']): SweepFlags | CommandFailure {
  if (flags.baseUrl === null || flags.model !== null) return flags
  const model = env['LLM_MODEL'] ?? ''
  return model === ''
    ? { problem: '--base-url needs --model (or LLM_MODEL): the exact id of a model there' }
    : { ...flags, model }
}

const selectionOf = ({ contextTiers, seed, provider: providers, model }: SweepFlags) => ({
  trigger: 'manual' as const,
  scheduled: false,
  providers,
  model,
  runs: 1,
  seed,
  ...(contextTiers !== null && { contextTiers }),
})

const shownAs = (flags: SweepFlags, streams: Streams): ShownSweep => ({
  streams,
  quiet: flags.quiet,
  format: formatOf(flags),
  objectives: objectivesOf(flags.slo),
  files: namedFiles(flags),
  usual: !flags.noFiles && !flags.noSave && flags.run === null,
})

function formatOf({ json, csv, markdown }: SweepFlags): ShownSweep['format'] {
  if (json) return 'json'
  if (csv) return 'csv'
  return markdown === toStdout ? 'markdown' : 'text'
}

/** Reports a recorded sweep. Rejects with StoreError. */
async function reportStored(
  id: string,
  { flags, app, store, streams }: { flags: SweepFlags; app: App; store: Store; streams: Streams },
): Promise<number | CommandFailure> {
  const recorded = await readSweep(id, store)
  if ('problem' in recorded) return recorded
  const { run, settings, work } = recorded
  const kept = flags.slo === null ? { objectives: keptObjectives(settings) } : {}
  const shown = { ...shownAs(flags, streams), ...kept }
  const { levels, found } = describeRecorded({ recorded, objectives: shown.objectives })
  await printSweep(levels, run, { ...shown, found, work })
  return (await leaveFiles(recorded, levels, { ...shown, found, store: app.store.name }))
    ? exitCode.ok
    : exitCode.notRecorded
}
