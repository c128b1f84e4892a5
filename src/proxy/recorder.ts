import type { Logger } from 'pino'
import type { ProxyRecord } from '../core/proxy-record.ts'
import type { ProxyText } from '../core/proxy-text.ts'
import { failureOf, maySettle, type Store, StoreError } from '../store/store.ts'

/** Keeps what was measured of requests, in batches, beside the requests. */
export interface Recorder {
  /** Takes a record, and the texts of its request, in constant time; never throws. What does not fit is dropped and counted. */
  keep: (record: ProxyRecord, text: ProxyText | null) => void
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
  /** Whether what they cost counts in the budget of the day. */
  spends?: boolean
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
/** Characters of texts in one call, and the most that wait; a record whose texts do not fit is kept without. */
const batchCharacters = 2 ** 20
const mostCharacters = 16 * 2 ** 20
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
    else plan(queue.hasBatch() ? 0 : flushMs)
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
    keep: (record, text) => {
      if (isClosed) queue.drop(1)
      else queue.add({ record, text })
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
function createQueue({ openStore, log, spends = false }: Omit<RecorderParts, 'after'>) {
  const waiting: Measured[] = []
  let [kept, dropped, characters, textsLeftOut] = [0, 0, 0, 0]
  const drop = (n: number) => {
    dropped += n
  }
  return {
    size: () => waiting.length,
    hasBatch: () => waiting.length >= batchSize || characters >= batchCharacters,
    counts: () => ({ kept, dropped, waiting: waiting.length }),
    drop,
    add: (measured: Measured) => {
      if (waiting.length >= mostWaiting) return drop(1)
      const size = sizeOf(measured)
      const fits = characters + size <= mostCharacters
      if (!fits) textsLeftOut += 1
      characters += fits ? size : 0
      waiting.push(fits ? measured : { ...measured, text: null })
    },
    /** Writes the oldest batch, which waits no more, taken or refused; false if the store is away. */
    write: async (): Promise<boolean> => {
      const batch = batchOf(waiting)
      const outcome = await recordBatch(batch, { openStore, spends })
      // They have been given up meanwhile.
      if (waiting[0] !== batch[0]) return true
      if (outcome.mayPass) return false
      waiting.splice(0, batch.length)
      characters -= sumOf(batch)
      kept += batch.length - outcome.refused
      drop(outcome.refused)
      if (outcome.refused > 0) log.error(outcome, 'the database refuses proxy requests')
      textsLeftOut += outcome.textsLeftOut
      if (textsLeftOut > 0) log.warn({ textsLeftOut }, 'proxy requests were kept without their texts')
      textsLeftOut = 0
      return true
    },
    giveUp: () => {
      if (waiting.length > 0) log.warn({ dropped: waiting.length }, 'proxy requests were not written')
      drop(waiting.splice(0).length)
    },
  }
}

/** A record, and the texts of its request if they are kept. */
interface Measured {
  record: ProxyRecord
  text: ProxyText | null
}

const sizeOf = ({ text }: Measured): number =>
  text === null
    ? 0
    : text.messages.reduce((sum, { content }) => sum + content.length, 0) +
      text.answerText.length +
      text.reasoningText.length

const sumOf = (batch: readonly Measured[]): number => batch.reduce((sum, each) => sum + sizeOf(each), 0)

/** The oldest that one call takes: at least one. */
function batchOf(waiting: readonly Measured[]): Measured[] {
  const batch = waiting.slice(0, batchSize)
  let characters = 0
  const end = batch.findIndex((each) => (characters += sizeOf(each)) > batchCharacters)
  return end === -1 ? batch : batch.slice(0, Math.max(1, end))
}

/** How many rows of a batch will never be taken, and why; or that they may be taken later. */
interface Outcome {
  mayPass: boolean
  refused: number
  reasons: readonly object[]
  /** How many were recorded without their texts: together they were too large for the database, or its gateway. */
  textsLeftOut: number
}

/** Records a batch; what fails is told, bugs included: no request may suffer from it. */
async function recordBatch(
  batch: readonly Measured[],
  { openStore, spends }: Pick<RecorderParts, 'openStore'> & { spends: boolean },
): Promise<Outcome> {
  const rows = batch.map(({ record }) => record)
  const texts = batch.flatMap(({ text }) => text ?? [])
  try {
    const { refused } = await (await openStore()).recordProxyRequests({ rows, texts, spends })
    return { mayPass: false, refused: refused.length, reasons: refused, textsLeftOut: 0 }
  } catch (error) {
    if (texts.length > 0 && error instanceof StoreError && error.kind === 'too_large') {
      const bare = rows.map((record) => ({ record, text: null }))
      return { ...(await recordBatch(bare, { openStore, spends })), textsLeftOut: texts.length }
    }
    const reason =
      error instanceof StoreError
        ? failureOf(error)
        : { error: error instanceof Error ? error.stack : String(error) }
    return { mayPass: maySettle(error), refused: rows.length, reasons: [reason], textsLeftOut: 0 }
  }
}
