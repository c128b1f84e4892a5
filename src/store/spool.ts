import { randomUUID } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { messageOf } from '../core/error.ts'
import { type FunctionCall, type FunctionName, isUnreachable, StoreError } from './store.ts'

/** Functions whose calls may wait; each may be repeated, so delivering one twice changes nothing. */
const spooledNames = [
  'start_run',
  'record_result',
  'skip_probes',
  'finish_run',
  'file_missed',
] as const satisfies FunctionName[]

/** A call that waits for the database. */
export interface SpooledCall extends FunctionCall {
  name: (typeof spooledNames)[number]
}

/** Calls on disk that wait for an unreachable database: one NDJSON file per run. */
export interface Spool {
  dir: string
  /** Writes a call and syncs it to disk; throws a StoreError that says what to do if it cannot. */
  add: (runId: string, call: SpooledCall) => void
}

/** A spool in a folder, which is created when it is needed. */
export const openSpool = (dir: string): Spool => ({
  dir,
  add: (runId, call) => {
    try {
      mkdirSync(dir, { recursive: true })
      const file = openSync(join(dir, `${runId}.ndjson`), 'a+')
      try {
        append(file, `${JSON.stringify(call)}\n`)
      } finally {
        closeSync(file)
      }
    } catch (error) {
      throw new StoreError(
        'unavailable',
        `nothing can be spooled to ${dir}: ${messageOf(error)}. Free the disk or make the folder writable.`,
        { cause: error },
      )
    }
  },
})

/**
 * Writes a whole line or nothing: a line that a full disk cuts off is removed, and a torn line of an earlier
 * process is terminated.
 */
function append(file: number, text: string): void {
  const { size } = fstatSync(file)
  const last = Buffer.alloc(1, '\n')
  if (size > 0) readSync(file, last, 0, 1, size - 1)
  try {
    writeFileSync(file, last.toString() === '\n' ? text : `\n${text}`)
    fsyncSync(file)
  } catch (error) {
    if (size > 0 || fstatSync(file).isFile()) ftruncateSync(file, size)
    throw error
  }
}

/** Makes a spooled call; rejects with StoreError. */
type Deliver = (call: SpooledCall) => Promise<void>

/** The outcome of delivering a spool. */
export interface Replay {
  files: number
  delivered: number
  /**
   * Lines that are invalid or that the database refuses, kept in a file that ends with `.rejected`; and
   * unreadable files.
   */
  rejected: { file: string; reason: string }[]
  /** Why it stopped early: the database is unreachable again. */
  unreachable: StoreError | null
}

const line = z.object({ name: z.enum(spooledNames), input: z.record(z.string(), z.json()) })

/**
 * Delivers the calls in a folder; a file is deleted when all of it is delivered. A file is first renamed to a
 * unique name, so that calls that a run adds meanwhile go into a new file, which sorts after it. Two replays
 * at once, or one after another that was killed, may deliver a call twice, which changes nothing. It never
 * rejects: an unreadable file is reported and left.
 */
export async function replaySpool(dir: string, deliver: Deliver): Promise<Replay> {
  const done: Replay = { files: 0, delivered: 0, rejected: [], unreachable: null }
  for (const name of spooledFiles(dir, done)) {
    try {
      const taken = take(dir, name)
      done.files += 1
      const rest = await deliverFile(taken, deliver, done)
      if (done.unreachable !== null) return done
      if (rest.length > 0) keepRejected(join(dir, `${runOf(name)}.ndjson.rejected`), rest)
      rmSync(taken)
    } catch (error) {
      // Another replay took it.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        done.rejected.push({ file: join(dir, name), reason: messageOf(error) })
    }
  }
  return done
}

/** Counts the files of a spool that wait for the database, and those that wait for a person. */
export function countSpool(dir: string): { waiting: number; rejected: number } {
  const names = existsSync(dir) ? readdirSync(dir) : []
  const ending = (end: string) => names.filter((name) => name.endsWith(end)).length
  return { waiting: ending('.ndjson'), rejected: ending('.rejected') }
}

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
 * Renames `<run>.ndjson` to `<run>.<ms>-<random>.ndjson`, which sorts before it. A file that has such a name
 * keeps it.
 */
function take(dir: string, name: string): string {
  const path = join(dir, name)
  if (!statSync(path).isFile()) throw new Error('it is not a file')
  if (name !== `${runOf(name)}.ndjson`) return path
  const taken = join(dir, `${runOf(name)}.${Date.now()}-${randomUUID().slice(0, 8)}.ndjson`)
  renameSync(path, taken)
  return taken
}

/**
 * Delivers the lines of a file in order, including those that are added meanwhile; returns the rejected ones.
 */
async function deliverFile(path: string, deliver: Deliver, done: Replay): Promise<string[]> {
  const rest: string[] = []
  let next = 0
  for (let lines = linesOf(path); next < lines.length; lines = linesOf(path))
    for (const text of lines.slice(next)) {
      const problem = await deliverLine(text, deliver)
      if (problem instanceof StoreError) {
        done.unreachable = problem
        return rest
      }
      next += 1
      if (problem === null) done.delivered += 1
      else {
        rest.push(text)
        done.rejected.push({ file: path, reason: problem })
      }
    }
  return rest
}

const linesOf = (path: string): string[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter((text) => text !== '')

/** Null if it was delivered; the error if the database is unreachable; otherwise why it never will be. */
async function deliverLine(text: string, deliver: Deliver): Promise<StoreError | string | null> {
  const parsed = line.safeParse(jsonOf(text))
  if (!parsed.success) return 'the line is not valid: it was cut off, or is of another version'
  try {
    await deliver(parsed.data)
    return null
  } catch (error) {
    if (isUnreachable(error)) return error
    if (!(error instanceof StoreError)) throw error
    return error.kind === 'denied' ? error : error.message
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function keepRejected(path: string, lines: readonly string[]): void {
  const file = openSync(path, 'a')
  try {
    writeFileSync(file, lines.map((each) => `${each}\n`).join(''))
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
