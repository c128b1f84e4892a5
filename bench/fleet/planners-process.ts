import { seededRandom } from '../../src/core/random.ts'
import { keepPlanners } from '../../src/fleet/keep-planners.ts'
import { openPlanner } from '../../src/fleet/planner.ts'
import { appOf, type Begin, openQueue, openStore, whenBegun } from './begin.ts'
import { openCaller } from './measure.ts'
import { configure } from './world.ts'

// Planners of every region, each with a clock of its own, which is wrong by up to a minute and a half.

/** What is said to have no further slot: they send what is overdue, and plan nothing. */
const noMoreSlots = '0 0 1 1 *'
const wrong = [0, 90_000, -90_000, 45_000, -30_000]

const begun = await whenBegun()
if (begun !== null) await plan(begun)
process.exit(0)

async function plan(begin: Begin): Promise<void> {
  const { url, world, socket, name } = begin
  const counts: Record<string, number> = {}
  const store = await openStore(url, { session: 'plan', counts })
  const engine = await openQueue(begin, counts)
  const caller = await openCaller(socket, {
    worker: name,
    date: () => new Date(),
    stampsOf: () => ({ leasedAt: 0, toldAt: 0 }),
  })
  const counting = setInterval(() => caller.tell({ type: 'counts', worker: name, counts }), 50)
  const stop = new AbortController()
  const apps = wrong.map((wrongMs) => appOf({ ...begin, wrongMs }, store))
  process.on('message', (message) => {
    if (message === 'stop') stop.abort()
    else
      for (const { config } of apps)
        config.defaults.schedule = { ...config.defaults.schedule, cron: noMoreSlots }
  })
  const kept = apps.map((app, index) => {
    const planners = world.regions.map((region) =>
      openPlanner({
        region,
        store,
        engine,
        app,
        configured: world.providers.map(configure),
        random: seededRandom(world.seed + index),
        say: () => undefined,
        onEmpty: () => Promise.resolve(),
        stop: stop.signal,
      }),
    )
    return keepPlanners(planners, app, stop.signal)
  })
  await Promise.all(kept)
  clearInterval(counting)
  caller.tell({ type: 'counts', worker: name, counts })
  caller.close()
  await Promise.all([engine.close(), store.close()])
}
