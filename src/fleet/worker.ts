import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { ConfiguredProvider } from '../core/provider.ts'
import { version } from '../core/version.ts'
import type { App } from '../jobs/app.ts'
import { openBell } from '../jobs/bell.ts'
import type { MeasuringSession } from '../jobs/session.ts'
import type { AskedShard, MadeShard, ShardOutcome } from '../run/execute-shard.ts'
import type { RunEvent } from '../run/events.ts'
import { lateAfter, slotOf } from '../run/slot.ts'
import { replaySpool } from '../store/replay.ts'
import type { WorkerBeat } from '../store/shard-store.ts'
import { type Store, StoreError } from '../store/store.ts'
import type { Aftermath } from './after-run.ts'
import type { Engine, ShardJob } from './engine.ts'
import { keepPlanners } from './keep-planners.ts'
import { makeShard } from './make-shards.ts'
import type { Planner } from './planner.ts'

/** What a worker works with. */
export interface WorkerParts {
  region: string
  /** Shards that it makes at once, each one call at a time. */
  concurrency: number
  configured: readonly ConfiguredProvider[]
  store: Store
  measure: MeasuringSession['measure']
  engine: Engine
  /** Plans and sends too; null if others do. */
  planner: Planner | null
  aftermath: Aftermath
  app: Pick<App, 'config' | 'clock' | 'sleep' | 'uuid' | 'owner' | 'host' | 'log' | 'spool'>
  random: () => number
  /** Tells a person what became of a shard, in one line. */
  say: (line: string) => void
  /** Takes nothing more, and gives back what is left after the probe in hand. */
  stop: AbortSignal
}

/** What a worker made, over its life. */
export interface WorkerCounts {
  shards: number
  calls: number
  succeeded: number
  /** Results that wait on disk, and those that only the log has. */
  spooled: number
  lost: number
}

/** How often a worker says that it is there, in ms. */
const beatMs = 10_000
/** How often what is read now and then is read again, in ms. */
const refreshMs = 60_000
/** How often it is seen how late the event loop is, in ms. */
const tickMs = 20
/** After which time a shard that cannot be made here is offered again, in ms. */
const elsewhereMs = 5000
/** Jobs that were told to come back at one moment come within so much after it, in ms. */
const jitterMs = 1000

/** Makes the shards of a region until it is stopped. Nothing of it rejects but a bug: a database that fails is asked again. */
export async function keepWorker(parts: WorkerParts): Promise<WorkerCounts> {
  const worker = new Worker(parts)
  await worker.keep()
  return worker.counts
}

class Worker {
  readonly counts: WorkerCounts = { shards: 0, calls: 0, succeeded: 0, spooled: 0, lost: 0 }
  readonly #parts: WorkerParts
  readonly #loop = monitorEventLoopDelay({ resolution: tickMs })
  readonly #unknown = new Set<string>()
  #inHand = 0
  #spooledBefore = 0

  constructor(parts: WorkerParts) {
    this.#parts = parts
  }

  async keep(): Promise<void> {
    const { region, concurrency, engine, planner, app, stop } = this.#parts
    this.#loop.enable()
    await this.#beat()
    await this.#deliver()
    engine.work(region, concurrency, (job) => this.#look(job))
    const over = new AbortController()
    const beating = this.#keepBeating(over.signal)
    await keepPlanners(planner === null ? [] : [planner], app, stop)
    await engine.drain()
    over.abort()
    await beating
    await this.#beat()
    this.#loop.disable()
  }

  async #keepBeating(over: AbortSignal): Promise<void> {
    const { app } = this.#parts
    const bell = openBell(app.sleep, over)
    let refreshAt = app.clock.now() + refreshMs
    for (;;) {
      await bell.wait(beatMs)
      if (over.aborted) return
      await this.#beat()
      if (app.clock.now() < refreshAt) continue
      refreshAt = app.clock.now() + refreshMs
      await this.#deliver()
      await this.#parts.aftermath.refresh()
    }
  }

  /** Says that it is there. Fleets of several versions work together, so the version is told. */
  async #beat(): Promise<void> {
    const { store, region, concurrency, app, stop } = this.#parts
    const lagMs = Math.max(0, this.#loop.percentile(99) / 1e6 - tickMs)
    this.#loop.reset()
    const beat: WorkerBeat = {
      owner: app.owner,
      region,
      host: app.host,
      version,
      concurrency,
      inHand: this.#inHand,
      lagMs,
      made: this.counts.calls,
      leaving: stop.aborted,
    }
    try {
      await store.beatWorker(beat)
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
      app.log.warn({ kind: error.kind, code: error.code }, error.message)
    }
  }

  /** Delivers what waits on disk. */
  async #deliver(): Promise<void> {
    const { app, store } = this.#parts
    if (app.spool === null) return
    const { delivered, rejected } = await replaySpool(app.spool.dir, store.deliver)
    if (delivered > 0) app.log.info({ delivered }, 'spooled results delivered')
    for (const { file, reason } of rejected) app.log.error({ file, reason }, 'a spooled call was set aside')
  }

  /**
   * Looks at a shard that it was told of, and sends it again if it is to be looked at later. Whoever has made one goes on
   * with the next that waits for a lane of the provider: none of them stays free until a job comes.
   */
  async #look(job: ShardJob): Promise<void> {
    const { stop, configured, app } = this.#parts
    if (stop.aborted) return this.#again(job, job.windowAt)
    if (!configured.some(({ entry }) => entry.id === job.provider)) return this.#refer(job)
    this.#inHand += 1
    try {
      const first = await this.#make(job, job.shard)
      if ('waitUntil' in first && first.reason !== 'taken') await this.#again(job, first.waitUntil)
      let goesOn = await this.#followed(job, first)
      while (goesOn) goesOn = await this.#followed(job, await this.#make(job, { provider: job.provider }))
    } catch (error) {
      // Whoever plans sends it again, once its lease is over.
      if (error instanceof StoreError)
        app.log.warn({ ...keyOf(job), kind: error.kind, code: error.code }, error.message)
      else app.log.error({ ...keyOf(job), err: error }, 'a shard failed')
    } finally {
      this.#inHand -= 1
    }
  }

  /** Leaves a shard to workers that know its provider, as long as there is time. */
  async #refer(job: ShardJob): Promise<void> {
    const { provider } = job
    const { app, say } = this.#parts
    const lateAt = this.#lateAt(job)
    const again = new Date(app.clock.date().getTime() + elsewhereMs)
    if (!this.#unknown.has(provider)) {
      this.#unknown.add(provider)
      const line = `${provider} is not configured here, and its shards are left to others: workers of a region need the same keys`
      app.log.error(line)
      say(line)
    }
    if (lateAt === null || again < lateAt) await this.#again(job, again)
  }

  /** When the slot of a shard is over. */
  #lateAt({ windowAt }: ShardJob): Date | null {
    const { cron } = this.#parts.app.config.defaults.schedule
    const slot = slotOf(cron, windowAt)
    return slot && lateAfter(cron, slot)
  }

  async #again(job: ShardJob, at: Date): Promise<void> {
    await this.#parts.engine.send([job], new Date(at.getTime() + jitterMs * this.#parts.random()))
  }

  /** Makes a shard, and follows its events. */
  async #make(job: ShardJob, which: AskedShard['shard']): Promise<ShardOutcome> {
    const { app, store, region, measure, configured, random, stop, aftermath } = this.#parts
    const { budget } = app.config.defaults
    const { clock, sleep, uuid, owner, spool } = app
    return makeShard(
      { runId: job.runId, region, shard: which, lateAt: this.#lateAt(job) },
      {
        store,
        clock,
        sleep,
        uuid,
        random,
        owner,
        region,
        budget,
        measure,
        stop,
        providers: configured,
        isInMaintenance: aftermath.isInMaintenance,
        whenUnreachable: spool === null ? 'fail' : { spool },
        watchers: [...aftermath.watchers, (event) => this.#count(event)],
      },
    )
  }

  #count(event: RunEvent): void {
    if (!('result' in event)) return
    this.counts.calls += 1
    this.counts.succeeded += event.result.success ? 1 : 0
    this.counts.spooled += event.type === 'probe_spooled' ? 1 : 0
    this.counts.lost += event.type === 'probe_lost' ? 1 : 0
  }

  /** Tells what came of a shard; whether the next one of the provider may be made. */
  async #followed(job: ShardJob, outcome: ShardOutcome): Promise<boolean> {
    if ('made' in outcome) return this.#ended(job, outcome)
    if ('over' in outcome && outcome.run) await this.#parts.aftermath.closed(outcome.run)
    return false
  }

  async #ended(job: ShardJob, { shard, made, ended }: MadeShard): Promise<boolean> {
    const { region, app, say, aftermath, stop } = this.#parts
    const { unmade, until, run } = ended
    this.counts.shards += 1
    app.log.info({ ...keyOf(job), shard, provider: job.provider, made, unmade }, 'shard ended')
    const left = unmade === 0 ? '' : `, ${unmade} given back${until ? ` until ${until.toISOString()}` : ''}`
    say(`${region} ${job.provider} shard ${shard}: ${made} made${left}`)
    // The database answers, so what it did not take a moment ago need not wait.
    if (run !== null && this.counts.spooled > this.#spooledBefore) await this.#deliver()
    this.#spooledBefore = this.counts.spooled
    if (run === null) return false
    if (run.status !== 'running') {
      await aftermath.closed(run)
      return false
    }
    if (unmade > 0) await this.#again({ ...job, shard }, until ?? job.windowAt)
    return !stop.aborted && until === null
  }
}

const keyOf = ({ runId, region, shard }: ShardJob) => ({ runId, region, shard })
