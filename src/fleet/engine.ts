import type { Logger } from 'pino'
import type { ConstructorOptions, PgBoss } from 'pg-boss'
import { messageOf } from '../core/error.ts'
import type { PlannedShard } from '../core/plan.ts'
import type { Sql } from '../store/connection.ts'

// The one file that knows pg-boss. It wakes and delivers: a job says that a shard is to be looked at, never that it is
// made. What is true of it is in our own tables, so a job that is lost or comes twice does no harm.

/** A shard that somebody is to look at. */
export interface ShardJob extends PlannedShard {
  runId: string
}

/** Delivers jobs to the workers of a region. */
export interface Engine {
  /** Sends jobs, for their windows or another time; one that waits already is not sent again. */
  send: (jobs: readonly ShardJob[], at?: Date) => Promise<void>
  /** Makes the jobs of a region, so many at once. */
  work: (region: string, concurrency: number, make: (job: ShardJob) => Promise<void>) => void
  /** Takes no more jobs and waits for those in hand. */
  drain: () => Promise<void>
  /** Closes it, and the connection. */
  close: () => Promise<void>
}

/** How an engine is opened. */
export interface EngineParts {
  /** The connection, which it closes. Its pool is its own, so that polling takes none of the store's connections. */
  sql: Sql
  /** The regions whose workers it delivers to. */
  regions: readonly string[]
  log: Pick<Logger, 'info' | 'warn' | 'error'>
  /** Its time and timers, if they are not those of the machine; `pgboss.job_now()` has to agree with them. */
  clock?: NonNullable<ConstructorOptions['clock']>
}

const queueOptions = {
  // One job of a shard waits at most. Any number may be in hand: whoever comes second is told so by the lease.
  policy: 'short',
  // A job is over when it is delivered: if its worker dies then, whoever plans sends the shard again.
  retryLimit: 2,
  expireInSeconds: 60,
  // By default a week: 65,000 a day with 10,000 targets in three regions.
  deleteAfterSeconds: 3600,
  retentionSeconds: 24 * 3600,
} as const

/**
 * How often a worker looks for jobs, in ms: half of that is how late a shard begins, whose moment is a random one of a minute anyway.
 * Jobs come one by one, so that each look costs as much as a job.
 */
const lookMs = 3000

/** Opens an engine, which makes its tables in the schema `pgboss` if they are not there. Rejects with StoreError. */
export async function openEngine({ sql, regions, log, clock }: EngineParts): Promise<Engine> {
  const { PgBoss: Boss } = await import('pg-boss')
  const boss = new Boss({
    db: { executeSql: (text, values) => sql.query(text, values) },
    schema: 'pgboss',
    ...(clock && { clock }),
    // The embedded database takes LISTEN and notifies nobody, a pooler in transaction mode neither. A job that is sent
    // ahead of its time notifies nobody anyway, and every notification would wake every lane of every worker.
    useListenNotify: false,
    // Nothing is begun by its cron, which is half a minute late.
    schedule: false,
    maintenanceIntervalSeconds: 600,
    // No job of ours waits for another: looked at every 5 s by default, more than a quarter of its statements.
    flowIntervalSeconds: 600,
  })
  boss.on('error', (error) => log.warn({ err: error }, `the fleet's queue: ${error.message}`))
  boss.on('warning', ({ message, data }) => log.info({ data }, `the fleet's queue: ${message}`))
  try {
    await boss.start()
    for (const region of regions) await boss.createQueue(queueOf(region), queueOptions)
  } catch (error) {
    await sql.close()
    throw error
  }
  return engineOver(boss, { sql, log, ...(clock && { clock }) })
}

function engineOver(boss: PgBoss, parts: Omit<EngineParts, 'regions'>): Engine {
  const readers: Reader[] = []
  return {
    send: async (jobs, at) => {
      for (const [region, own] of Map.groupBy(jobs, (job) => job.region))
        await boss.insert(
          queueOf(region),
          own.map((job) => toJob(job, at ?? job.windowAt)),
        )
    },
    work: (region, concurrency, make) => {
      const queue = queueOf(region)
      readers.push(new Reader(boss, { ...parts, queue, concurrency, make }))
    },
    drain: async () => {
      await Promise.all(readers.map((reader) => reader.drain()))
    },
    close: async () => {
      await boss.stop({ graceful: false })
      await parts.sql.close()
    },
  }
}

/** What is read for whom. */
interface Reading extends Pick<EngineParts, 'log' | 'clock'> {
  queue: string
  concurrency: number
  make: (job: ShardJob) => Promise<void>
}

/**
 * Takes jobs for a worker, as many at once as it has room for. With pg-boss's own workers each lane would look by itself: a
 * fleet of a few hundred lanes asks as many times a second, and is mostly told that there is nothing.
 */
class Reader {
  readonly #boss: PgBoss
  readonly #reading: Reading
  readonly #inHand = new Set<Promise<void>>()
  #isOver = false
  #endPause = () => {}
  #ended = Promise.withResolvers<void>()
  readonly #kept: Promise<void>

  constructor(boss: PgBoss, reading: Reading) {
    this.#boss = boss
    this.#reading = reading
    this.#kept = this.#keep()
  }

  async #keep(): Promise<void> {
    const { concurrency } = this.#reading
    while (!this.#isOver) {
      const room = concurrency - this.#inHand.size
      const taken = room === 0 ? 0 : await this.#take(room)
      if (room === 0) await this.#ended.promise
      else if (taken < room && !this.#isOver) await this.#pause()
    }
  }

  /** Takes no more, and waits for what it has. */
  async drain(): Promise<void> {
    this.#isOver = true
    this.#endPause()
    this.#ended.resolve()
    await this.#kept
    await Promise.all(this.#inHand)
  }

  /** A queue that cannot be read now is read again. */
  async #take(room: number): Promise<number> {
    const { queue, log } = this.#reading
    try {
      const jobs = await this.#boss.fetch<JobData>(queue, { batchSize: room })
      for (const { data } of jobs) this.#begin(fromData(data))
      if (jobs.length > 0)
        await this.#boss.complete(
          queue,
          jobs.map(({ id }) => id),
        )
      return jobs.length
    } catch (error) {
      log.warn({ err: error }, `the fleet's queue cannot be read now: ${messageOf(error)}`)
      return 0
    }
  }

  #begin(job: ShardJob): void {
    const { make, log } = this.#reading
    const made = make(job)
      .catch((error: unknown) =>
        log.error({ err: error, run: job.runId, shard: job.shard }, messageOf(error)),
      )
      .finally(() => {
        this.#inHand.delete(made)
        this.#ended.resolve()
        this.#ended = Promise.withResolvers()
      })
    this.#inHand.add(made)
  }

  async #pause(): Promise<void> {
    const timers = this.#reading.clock ?? { setTimeout, clearTimeout }
    const { promise: over, resolve } = Promise.withResolvers<void>()
    const timer = timers.setTimeout(resolve, lookMs)
    this.#endPause = resolve
    await over
    timers.clearTimeout(timer as NodeJS.Timeout)
  }
}

/** A job as it is kept. */
type JobData = Omit<ShardJob, 'windowAt'> & { windowAt: string }

const toJob = (job: ShardJob, startAfter: Date) => ({
  data: { ...job, windowAt: job.windowAt.toISOString() } satisfies JobData,
  startAfter,
  singletonKey: `${job.runId}/${job.shard}`,
})

const fromData = ({ windowAt, ...job }: JobData): ShardJob => ({ ...job, windowAt: new Date(windowAt) })

/** The queue of a region, whose name may have other signs than that of a queue. */
const queueOf = (region: string): string =>
  `probe.${region.replaceAll(/[^\w-]/gu, (sign) => `.${sign.codePointAt(0)?.toString(16)}.`)}`
