import type { Logger } from 'pino'
import type { ProxyRecord } from '../core/proxy-record.ts'
import { failureOf, maySettle, type Store, StoreError } from '../store/store.ts'

/** Keeps what was measured of requests, in batches, beside the requests. */
export interface Recorder {
  /** Takes a record, in constant time; never throws. What does not fit is dropped and counted. */
  keep: (record: ProxyRecord) => void
  /** Records since the start: in the database, lost, and not yet written. */
  counts: () => { kept: number; dropped: number; waiting: number }
  /** Writes what waits, for five seconds at most; what is left then is dropped. */
  close: () => Promise<void>
}

/** What a recorder needs. */
interface RecorderParts {
  /** The store that is shared, opened when it is first asked for. Rejects with StoreError. */
  openStore: () => Promise<Pick<Store, 'recordProxyRequests'>>
  log: Pick<Logger, 'warn' | 'error'>
  /** Acts once after so many ms; what it returns prevents that. */
  after?: (ms: number, act: () => void) => () => void
}

/** Rows of one call, and how long the first of them waits for others, in ms. */
const batchSize = 200
const flushMs = 1000
/**
 * The most that wait, those that are being written among them: about 5 MB. What comes then is dropped, the newest: what waits
 * is next to be written, and the loss is one stretch of time.
 */
const mostWaiting = 2000
/** Pauses while the store is away. */
const firstPauseMs = 1000
const longestPauseMs = 30_000
const closeMs = 5000

const timer = (ms: number, act: () => void) => {
  const handle = setTimeout(act, ms)
  return () => clearTimeout(handle)
}

/** A recorder with one write at a time: a store that is slow or away delays no request. */
export function createRecorder({ after = timer, ...parts }: RecorderParts): Recorder {
  const queue = createQueue(parts)
  let failures = 0
  let writing: Promise<boolean> | null = null
  let planned: { ms: number; cancel: () => void } | null = null
  let isClosed = false

  /** Writes after so many ms, or earlier if that is planned. */
  const plan = (ms: number) => {
    if (planned !== null && planned.ms <= ms) return
    planned?.cancel()
    planned = { ms, cancel: after(ms, () => void write()) }
  }
  const planNext = () => {
    if (isClosed || writing !== null || queue.size() === 0) return
    if (failures > 0) plan(Math.min(firstPauseMs * 2 ** (failures - 1), longestPauseMs))
    else plan(queue.size() >= batchSize ? 0 : flushMs)
  }
  /** Writes a batch, or joins the write that is under way; false if the store is away. */
  const write = (): Promise<boolean> => {
    planned?.cancel()
    planned = null
    writing ??= queue.write().then((isWritten) => {
      failures = isWritten ? 0 : failures + 1
      if (failures === 1) parts.log.warn('the database takes no proxy requests: they wait')
      writing = null
      planNext()
      return isWritten
    })
    return writing
  }
  const drain = async () => {
    while (queue.size() > 0 && (await write()));
  }

  return {
    keep: (record) => {
      if (isClosed) queue.drop(1)
      else queue.add(record)
      planNext()
    },
    counts: queue.counts,
    close: async () => {
      isClosed = true
      planned?.cancel()
      const { promise: isLate, resolve } = Promise.withResolvers<void>()
      const cancel = after(closeMs, resolve)
      await Promise.race([drain(), isLate])
      cancel()
      queue.giveUp()
    },
  }
}

/** Records that wait, and what became of the others. */
function createQueue({ openStore, log }: Omit<RecorderParts, 'after'>) {
  const waiting: ProxyRecord[] = []
  let [kept, dropped] = [0, 0]
  const drop = (n: number) => {
    dropped += n
  }
  return {
    size: () => waiting.length,
    counts: () => ({ kept, dropped, waiting: waiting.length }),
    drop,
    add: (record: ProxyRecord) => {
      if (waiting.length < mostWaiting) waiting.push(record)
      else drop(1)
    },
    /** Writes the oldest batch, which waits no more, taken or refused; false if the store is away. */
    write: async (): Promise<boolean> => {
      const rows = waiting.slice(0, batchSize)
      const outcome = await recordRows(rows, openStore)
      // They have been given up meanwhile.
      if (waiting[0] !== rows[0]) return true
      if (outcome.mayPass) return false
      waiting.splice(0, rows.length)
      kept += rows.length - outcome.refused
      drop(outcome.refused)
      if (outcome.refused > 0) log.error(outcome, 'the database refuses proxy requests')
      return true
    },
    giveUp: () => {
      if (waiting.length > 0) log.warn({ dropped: waiting.length }, 'proxy requests were not written')
      drop(waiting.splice(0).length)
    },
  }
}

/** How many rows of a batch will never be taken, and why; or that they may be taken later. */
interface Outcome {
  mayPass: boolean
  refused: number
  reasons: readonly object[]
}

/** Records rows; what fails is told, bugs included: no request may suffer from it. */
async function recordRows(
  rows: readonly ProxyRecord[],
  openStore: RecorderParts['openStore'],
): Promise<Outcome> {
  try {
    const { refused } = await (await openStore()).recordProxyRequests({ rows })
    return { mayPass: false, refused: refused.length, reasons: refused }
  } catch (error) {
    const reason =
      error instanceof StoreError
        ? failureOf(error)
        : { error: error instanceof Error ? error.stack : String(error) }
    return { mayPass: maySettle(error), refused: rows.length, reasons: [reason] }
  }
}
