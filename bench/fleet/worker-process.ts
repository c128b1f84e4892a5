import { keepWorker } from '../../src/fleet/worker.ts'
import { appOf, type Begin, functionIn, openQueue, openStore, whenBegun } from './begin.ts'
import { openCaller } from './measure.ts'
import { knowledge } from './knowledge.ts'
import { configure } from './world.ts'

// A worker of the fleet as scripts/worker.ts makes it, but for its calls, which are made by the providers of the simulation.

const begun = await whenBegun()
if (begun !== null) await work(begun)
process.exit(0)

async function work(begin: Begin): Promise<void> {
  const { url, socket, name, concurrency, region, world } = begin
  const counts: Record<string, number> = {}
  const known = knowledge()
  const [leasing, recording] = [
    await openStore(url, { session: 'lease', counts, nameOf: functionIn }),
    await openStore(url, { session: 'record', counts }),
  ]
  const app = appOf(begin, leasing)
  const caller = await openCaller(socket, {
    worker: name,
    date: app.clock.date,
    stampsOf: known.stampsOf,
  })
  const counting = setInterval(() => caller.tell({ type: 'counts', worker: name, counts }), 50)
  const engine = await openQueue(begin, counts)
  const stop = new AbortController()
  process.on('message', () => stop.abort())
  await keepWorker({
    region,
    concurrency,
    engine,
    app,
    store: known.following({ ...leasing, recordResult: recording.recordResult }, (told) =>
      caller.tell({ ...told, worker: name }),
    ),
    measure: caller.measure,
    configured: world.providers.map(configure),
    planner: null,
    aftermath: {
      watchers: [],
      isInMaintenance: () => false,
      refresh: () => Promise.resolve(),
      closed: () => Promise.resolve(caller.tell({ type: 'closed', worker: name })),
    },
    random: Math.random,
    say: () => undefined,
    stop: stop.signal,
  })
  clearInterval(counting)
  caller.tell({ type: 'counts', worker: name, counts })
  caller.close()
  await Promise.all([engine.close(), leasing.close(), recording.close()])
}
