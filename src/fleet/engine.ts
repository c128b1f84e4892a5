import type { Logger } from 'pino'
import type { PgBoss } from 'pg-boss'
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
  /** Makes the jobs of a region, so many at once; one that rejects is delivered again, twice at most. */
  work: (region: string, concurrency: number, make: (job: ShardJob) => Promise<void>) => Promise<void>
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
}

const queueOptions = {
  // One job of a shard waits at most. Any number may be in hand: whoever comes second is told so by the lease.
  policy: 'short',
  // After that its planner sends it again.
  retryLimit: 2,
  // A worker that dies is missed by this. How long it may take depends on the provider: 50 calls of two minutes or more.
  heartbeatSeconds: 30,
  expireInSeconds: 4 * 3600,
  // By default a week: 65,000 a day with 10,000 targets in three regions.
  deleteAfterSeconds: 3600,
  retentionSeconds: 24 * 3600,
} as const

/** How often each lane looks for a job, in seconds: half of that is how late a shard begins. */
const pollingIntervalSeconds = 1

/** Opens an engine, which makes its tables in the schema `pgboss` if they are not there. Rejects with StoreError. */
export async function openEngine({ sql, regions, log }: EngineParts): Promise<Engine> {
  const { PgBoss: Boss } = await import('pg-boss')
  const boss = new Boss({
    db: { executeSql: (text, values) => sql.query(text, values) },
    schema: 'pgboss',
    // The embedded database takes LISTEN and notifies nobody, a pooler in transaction mode neither. A job that is sent
    // ahead of its time notifies nobody anyway, and every notification would wake every lane of every worker.
    useListenNotify: false,
    // Nothing is begun by its cron, which is half a minute late.
    schedule: false,
    superviseIntervalSeconds: 30,
    monitorIntervalSeconds: 30,
    maintenanceIntervalSeconds: 600,
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
  return engineOver(boss, sql)
}

function engineOver(boss: PgBoss, sql: Sql): Engine {
  const queues: string[] = []
  return {
    send: async (jobs, at) => {
      for (const [region, own] of Map.groupBy(jobs, (job) => job.region))
        await boss.insert(
          queueOf(region),
          own.map((job) => toJob(job, at ?? job.windowAt)),
        )
    },
    work: async (region, concurrency, make) => {
      const queue = queueOf(region)
      queues.push(queue)
      await boss.work<JobData>(
        queue,
        { localConcurrency: concurrency, batchSize: 1, pollingIntervalSeconds },
        async (jobs) => {
          for (const { data } of jobs) await make(fromData(data))
        },
      )
    },
    drain: async () => {
      await Promise.all(queues.map((queue) => boss.offWork(queue, { wait: true })))
    },
    close: async () => {
      await boss.stop({ graceful: false })
      await sql.close()
    },
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
  `probe.${region.replaceAll(/[^\w-]/gu, (sign) => `.${sign.codePointAt(0)?.toString(16)}`)}`
