import type { OpenLoad, Search } from '../core/plan.ts'
import type { App } from '../jobs/app.ts'
import { madeWith } from '../jobs/made-with.ts'
import { readSweep, searchIn } from '../jobs/read-sweep.ts'
import { type Sweep, usualTotal } from '../jobs/sweep.ts'
import type { Objectives } from '../lab/goodput.ts'
import { parseObjectives } from '../lab/goodput.ts'
import { describeSweep, keptObjectives } from '../report/describe-sweep.ts'
import { searchOutcomes } from '../report/search.ts'
import type { Store } from '../store/store.ts'
import { withStore } from '../store/with-store.ts'
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
import { type SweepFlags, sweepFlags, sweepHelp, toStdout } from './sweep-flags.ts'
import { type SweepWork, workOf } from './sweep-work.ts'
import { watchCpu } from './watch-cpu.ts'

const standard = { slots: 256, most: 256, callsPerClient: 10 } as const

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
  flags: SweepFlags,
  app: App,
  { streams, argv }: Called,
): Promise<number | CommandFailure> {
  const defaults = defaultsWith(flags, app.config.defaults)
  if ('problem' in defaults) return defaults
  const said = workOf(flags, flags.slots ?? standard.slots)
  if ('problem' in said) return said
  const callable = await callableProviders(flags, app)
  if ('problem' in callable) return callable
  const { json, quiet, verbose, contextTiers, noSave, seed, provider: providers, model } = flags
  const shown = { streams, json, quiet, verbose, out: null }
  const asked = sweepOf(flags, app, said)
  const pool = await sweepPool(
    { loads: asked.loads, threads: flags.threads, defaults },
    callable.providers,
    app,
  )
  const cpu = watchCpu(app.clock, pool.cpuMs)
  try {
    return await runBenchmark(
      {
        trigger: 'manual',
        scheduled: false,
        providers,
        model,
        runs: 1,
        ...(contextTiers !== null && { contextTiers }),
        ...(flags.smoke ? {} : { sweep: asked }),
        madeWith: madeWith(['pnpm', 'tsx', 'scripts/sweep.ts', ...argv], callable.providers),
        configured: callable.providers,
        pool,
        defaults,
        save: !noSave,
        seed,
      },
      app,
      {
        ...shown,
        show: (started) =>
          flags.smoke
            ? showSmoke(started, { streams, json })
            : showSweep(started, shownAs(flags, streams), { app, save: !noSave, cpu }),
      },
    )
  } finally {
    await pool.close()
    await callable.close()
  }
}

function sweepOf(flags: SweepFlags, { uuid }: Pick<App, 'uuid'>, { work, replay }: SweepWork): Sweep {
  const { concurrency, rate, find, poisson, seed, slots, total, duration, think, slo } = flags
  const arrivals = poisson ? 'poisson' : 'constant'
  // Kept with the run, so that the same arrivals can be made again.
  const ownSeed = () => seed ?? Number.parseInt(uuid().slice(-8), 16)
  const drawn = poisson ? ownSeed() : null
  const open = (each: number): OpenLoad => ({
    rate: each,
    arrivals,
    seed: drawn,
    slots: slots ?? standard.slots,
  })
  const common = {
    work,
    objectives: objectivesOf(slo),
    maxCostUsd: flags.maxCost,
    maxErrors: flags.maxErrors,
    reuseConnections: flags.reuseConnections,
    ownEndpoint: flags.iOwnThisEndpoint,
  }
  if (replay !== undefined) {
    const { load, ...of } = replay
    return { loads: [load], ...of, ...common }
  }
  const thinking = think !== null && {
    thinkMs: think,
    ...(flags.thinkSpread === 'exponential' && { thinkSeed: ownSeed() }),
  }
  const search = searchFor(flags)
  return {
    loads:
      rate === null
        ? sizes(concurrency).map((each) => ({ concurrency: each, ...thinking }))
        : sizes(rate).map(open),
    total: total ?? usualTotal(find),
    ...(duration !== null && { durationMs: duration * 1000 }),
    ...(search !== null && { search }),
    ...common,
  }
}

/** Where a search begins. */
const sizes = (given: number[] | 'auto' | null): number[] => (Array.isArray(given) ? given : [1])

function searchFor({ concurrency, find, most, total, slo }: SweepFlags): Search | null {
  return find === null && concurrency !== 'auto'
    ? null
    : {
        most: most ?? standard.most,
        goodput: find,
        objectives: objectivesOf(slo),
        // Whoever says how many means it.
        callsPerClient: total === null ? standard.callsPerClient : 0,
      }
}

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

/** The flags were checked when they were parsed. */
function objectivesOf(slo: string | null): Objectives {
  const parsed = slo === null ? { objectives: {} } : parseObjectives(slo)
  return 'objectives' in parsed ? parsed.objectives : {}
}

/** Reports a recorded sweep. Rejects with StoreError. */
async function reportStored(
  id: string,
  { flags, app, store, streams }: { flags: SweepFlags; app: App; store: Store; streams: Streams },
): Promise<number | CommandFailure> {
  const recorded = await readSweep(id, store)
  if ('problem' in recorded) return recorded
  const { run, settings, work, levels, rows } = recorded
  const kept = flags.slo === null ? { objectives: keptObjectives(settings) } : {}
  const shown = { ...shownAs(flags, streams), ...kept }
  const described = describeSweep(levels, rows, { objectives: shown.objectives, cpuShares: new Map() })
  const search = searchIn(settings)
  const found =
    search === null
      ? []
      : searchOutcomes(search, levels, { rows, cpuShares: new Map(), isOver: run.status === 'finished' })
  await printSweep(described, run, { ...shown, found, work })
  return (await leaveFiles(recorded, described, { ...shown, store: app.store.name }))
    ? exitCode.ok
    : exitCode.notRecorded
}
