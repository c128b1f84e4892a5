import { randomUUID } from 'node:crypto'
import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { messageOf } from '../core/error.ts'
import { append, callIn, linesOf, type SpooledCall, unreadableLine } from './spool.ts'
import { isRefusedForGood, StoreError } from './store.ts'

/** Makes a spooled call; rejects with StoreError. */
type Deliver = (call: SpooledCall) => Promise<void>

/** The outcome of delivering a spool. */
export interface Replay {
  files: number
  delivered: number
  /**
   * Lines that are invalid or that the database will never take, set aside in a file that ends with
   * `.rejected`; and unreadable files.
   */
  rejected: { file: string; reason: string }[]
  /** Why the calls that are left still wait; null if none do. */
  waiting: StoreError | null
}

/**
 * Delivers the calls in a folder; a file is deleted when all of it is delivered. A file is first renamed to a
 * unique name, so that calls that a run adds meanwhile go into a new file, which sorts after it. Two replays
 * at once, or one after another that was killed, may deliver a call twice, which changes nothing. A call that
 * is refused for now waits, and the others are delivered. It never rejects: an unreadable file is reported
 * and left.
 */
export async function replaySpool(dir: string, deliver: Deliver): Promise<Replay> {
  const done: Replay = { files: 0, delivered: 0, rejected: [], waiting: null }
  const patience: Patience = { refusals: 0, unstarted: new Set(), unrecorded: new Set() }
  for (const name of spooledFiles(dir, done)) {
    if (isOver(patience, runOf(name))) continue
    try {
      const taken = take(dir, name)
      done.files += 1
      const file = await deliverFile(taken, deliver, patience)
      const aside = join(dir, `${runOf(name)}.ndjson.rejected`)
      done.delivered += file.delivered
      done.rejected.push(...file.rejected.map(({ reason }) => ({ file: aside, reason })))
      done.waiting ??= file.why
      keepRest(taken, aside, file)
    } catch (error) {
      // Another replay took it.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        done.rejected.push({ file: join(dir, name), reason: messageOf(error) })
    }
  }
  return done
}

/** Leaves of a file what still waits, and sets aside what will never be taken. */
function keepRest(taken: string, aside: string, { delivered, rejected, waiting }: DeliveredFile): void {
  if (waiting.length > 0 && delivered + rejected.length === 0) return
  const lines = rejected.map(({ text }) => text)
  if (lines.length > 0) append(aside, lines)
  if (waiting.length > 0) append(join(dirname(taken), besides(basename(taken))), waiting)
  rmSync(taken)
}

/** Refusals in a row after which it is not the row: the database takes nothing. */
const maxRefusals = 3

/** How far a replay still tries. */
interface Patience {
  /** Refusals since the last call that the database judged. */
  refusals: number
  /** Runs whose start still waits: the database does not know what their results belong to. */
  unstarted: Set<string>
  /** Runs with a result that still waits: closed before it, they would be left open. */
  unrecorded: Set<string>
}

const isOver = ({ refusals, unstarted }: Patience, run: string): boolean =>
  refusals >= maxRefusals || unstarted.has(run)

/** The files that wait for the database, those of a run oldest first. */
function spooledFiles(dir: string, done: Replay): string[] {
  try {
    return existsSync(dir)
      ? readdirSync(dir)
          .filter((name) => name.endsWith('.ndjson'))
          .toSorted()
      : []
  } catch (error) {
    done.rejected.push({ file: dir, reason: messageOf(error) })
    return []
  }
}

const runOf = (name: string): string => name.split('.')[0] ?? name

/**
 * Renames `<run>.ndjson` to `<run>.<ms>-<random>.ndjson`, which sorts before it and after those of the run that were taken before.
 * A file that has such a name keeps it.
 */
function take(dir: string, name: string): string {
  const path = join(dir, name)
  if (!statSync(path).isFile()) throw new Error('it is not a file')
  if (name !== `${runOf(name)}.ndjson`) return path
  const taken = join(dir, afterAll(dir, runOf(name)))
  renameSync(path, taken)
  return taken
}

const nameOf = (run: string, stamp: number): string => `${run}.${stamp}-${randomUUID().slice(0, 8)}.ndjson`

/** When a file was taken, in ms since 1970; null if it has no such name. */
function stampOf(name: string): number | null {
  const [, stamp] = /\.(\d{13})-[^.]*\.ndjson$/.exec(name) ?? []
  return stamp === undefined ? null : Number(stamp)
}

/** A name that sorts after those of the run's other files, also if the clock stands still or was set back. */
function afterAll(dir: string, run: string): string {
  const others = readdirSync(dir).filter((name) => runOf(name) === run)
  return nameOf(run, Math.max(Date.now(), ...others.map((name) => 1 + (stampOf(name) ?? 0))))
}

/** A name for what is left of a file, in its place among those of its run. */
const besides = (name: string): string => nameOf(runOf(name), stampOf(name) ?? Date.now())

/** What became of the lines of a file. */
interface DeliveredFile {
  delivered: number
  rejected: { text: string; reason: string }[]
  waiting: string[]
  /** Why the first of them waits. */
  why: StoreError | null
}

/** Delivers the lines of a file in order, including those that are added meanwhile. */
async function deliverFile(path: string, deliver: Deliver, patience: Patience): Promise<DeliveredFile> {
  const run = runOf(basename(path))
  const file: DeliveredFile = { delivered: 0, rejected: [], waiting: [], why: null }
  let next = 0
  for (let lines = linesOf(path); next < lines.length; lines = linesOf(path))
    for (const text of lines.slice(next)) {
      next += 1
      const call = callIn(text)
      const waits = isOver(patience, run) || (call?.name === 'finish_run' && patience.unrecorded.has(run))
      if (waits) file.waiting.push(text)
      else if (call === null) file.rejected.push({ text, reason: unreadableLine })
      else await deliverCall({ call, text, run, file, patience }, deliver)
    }
  return file
}

/** A call that is to be delivered, and what is noted of it. */
interface Delivery {
  call: SpooledCall
  text: string
  run: string
  file: DeliveredFile
  patience: Patience
}

async function deliverCall({ call, text, run, file, patience }: Delivery, deliver: Deliver): Promise<void> {
  const refusal = await refusalOf(call, deliver)
  if (refusal === null) file.delivered += 1
  else if (isRefusedForGood(refusal)) {
    // A delivery ignores `refused`: renamed to `.ndjson`, the file is tried again.
    const refused = refusal.message
    file.rejected.push({ text: JSON.stringify({ ...call, refused }), reason: refused })
  } else {
    file.waiting.push(text)
    file.why ??= refusal
    if (call.name === 'start_run') patience.unstarted.add(run)
    if (call.name === 'record_result') patience.unrecorded.add(run)
    // Whoever does not answer in time would have every call wait as long.
    patience.refusals += refusal.kind === 'timeout' ? maxRefusals : 1
    return
  }
  patience.refusals = 0
}

/** Null if a call was delivered. */
async function refusalOf(call: SpooledCall, deliver: Deliver): Promise<StoreError | null> {
  try {
    await deliver(call)
    return null
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    return error
  }
}
