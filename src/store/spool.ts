import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { JsonObject } from '../core/json.ts'
import { StoreError } from './store.ts'

/** Functions whose calls may wait; each may be repeated, so delivering twice delivers once. */
const spooledNames = ['start_run', 'record_result', 'skip_probes', 'finish_run', 'file_missed'] as const

/** A call of the database that could not be delivered, with its input as the function takes it. */
export interface SpooledCall {
  name: (typeof spooledNames)[number]
  input: JsonObject
}

/** Where calls wait on disk for a database that is away: a file of NDJSON for each run. */
export interface Spool {
  dir: string
  /** Writes a call and waits for the disk; throws where it cannot be written, with what to do. */
  add: (runId: string, call: SpooledCall) => void
}

/** A spool in a folder, which is made when it is needed. */
export const openSpool = (dir: string): Spool => ({
  dir,
  add: (runId, call) => {
    try {
      mkdirSync(dir, { recursive: true })
      const file = openSync(join(dir, `${runId}.ndjson`), 'a')
      try {
        writeSync(file, `${JSON.stringify(call)}\n`)
        fsyncSync(file)
      } finally {
        closeSync(file)
      }
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      throw new StoreError(
        'unavailable',
        `nothing can be spooled to ${dir}: ${reason}. Free the disk or make the folder writable.`,
        { cause: error },
      )
    }
  },
})

/** Makes a call that waited; rejects with StoreError. */
type Deliver = (call: SpooledCall) => Promise<void>

/** What delivering a spool came to. */
export interface Replay {
  files: number
  delivered: number
  /** Lines that no database takes, or that are none: kept in a file that ends with `.rejected`. */
  rejected: { file: string; reason: string }[]
  /** Why it stopped before the end: the database is away again. */
  away: StoreError | null
}

const line = z.object({ name: z.enum(spooledNames), input: z.record(z.string(), z.json()) })

/** Delivers what a folder holds, oldest file first; a file is removed when all of it is delivered. Two at once share the work. */
export async function replaySpool(dir: string, deliver: Deliver): Promise<Replay> {
  const done: Replay = { files: 0, delivered: 0, rejected: [], away: null }
  for (const name of spooledFiles(dir)) {
    // Whoever renames it first has it; one that a killed process had is taken again when its time is up.
    const taken = take(join(dir, name))
    if (taken === null) continue
    done.files += 1
    const rest = await deliverFile(taken, deliver, done)
    if (done.away !== null) {
      renameSync(taken, join(dir, name))
      return done
    }
    if (rest.length > 0) keepRejected(join(dir, `${name}.rejected`), rest)
    rmSync(taken)
  }
  return done
}

/** The files that wait; what a process took that has died since waits again. */
function spooledFiles(dir: string): string[] {
  const names = existsSync(dir) ? readdirSync(dir) : []
  const left = names.flatMap((name) => {
    const [, file, pid] = /^(.+\.ndjson)\.(\d+)$/.exec(name) ?? []
    if (file === undefined || isAlive(Number(pid))) return []
    renameSync(join(dir, name), join(dir, file))
    return [file]
  })
  return [...new Set([...names.filter((name) => name.endsWith('.ndjson')), ...left])].toSorted()
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function take(path: string): string | null {
  const taken = `${path}.${process.pid}`
  try {
    renameSync(path, taken)
    return taken
  } catch {
    return null
  }
}

/** Delivers the lines of a file in order; those that cannot be are given back. */
async function deliverFile(path: string, deliver: Deliver, done: Replay): Promise<string[]> {
  const rest: string[] = []
  for (const text of readFileSync(path, 'utf8')
    .split('\n')
    .filter((each) => each !== '')) {
    const problem = await deliverLine(text, deliver)
    if (problem instanceof StoreError) {
      done.away = problem
      return rest
    }
    if (problem === null) done.delivered += 1
    else {
      rest.push(text)
      done.rejected.push({ file: path, reason: problem })
    }
  }
  return rest
}

/** Null when it was delivered; the error where the database is away; else why it never will be. */
async function deliverLine(text: string, deliver: Deliver): Promise<StoreError | string | null> {
  const parsed = line.safeParse(jsonOf(text))
  if (!parsed.success) return 'the line is none of ours: it was cut off, or is of another version'
  try {
    await deliver(parsed.data)
    return null
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    return error.kind === 'unavailable' || error.kind === 'timeout' || error.kind === 'denied'
      ? error
      : error.message
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
    writeSync(file, lines.map((each) => `${each}\n`).join(''))
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
