import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  writeFileSync,
} from 'node:fs'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { messageOf } from '../core/error.ts'
import { asObject, parseJson } from '../core/json.ts'
import { makeFolder } from './make-folder.ts'
import { type FunctionCall, type FunctionName, StoreError } from './store.ts'

/** Functions whose calls may wait; each may be repeated, so delivering one twice changes nothing. */
const spooledNames = [
  'start_run',
  'extend_run',
  'record_result',
  'skip_probes',
  'finish_run',
  'file_missed',
] as const satisfies FunctionName[]

/** The name of a function whose calls may wait. */
export type SpooledName = (typeof spooledNames)[number]

/** A call that waits for the database. */
export interface SpooledCall extends FunctionCall {
  name: SpooledName
}

/** Calls on disk that the database has not taken yet: one NDJSON file per run. */
export interface Spool {
  dir: string
  /** Writes a call and syncs it to disk; throws a StoreError that says what to do if it cannot. */
  add: (runId: string, call: SpooledCall) => void
}

/** A spool in a folder, which is created when it is needed. */
export function openSpool(dir: string): Spool {
  const folder = resolve(dir)
  const add: Spool['add'] = (runId, call) => {
    try {
      makeFolder(folder)
      append(join(folder, `${runId}.ndjson`), [JSON.stringify(call)])
    } catch (error) {
      throw new StoreError(
        'unavailable',
        `nothing can be spooled to ${dir}: ${messageOf(error)}. Free the disk or make the folder writable.`,
        { cause: error },
      )
    }
  }
  return { dir, add }
}

/** Adds lines to a file and syncs it to disk. */
export function append(path: string, lines: readonly string[]): void {
  const file = openSync(path, 'a+')
  try {
    write(file, lines.map((each) => `${each}\n`).join(''))
  } finally {
    closeSync(file)
  }
}

/**
 * Writes whole lines or nothing: what a full disk cuts off is removed, and a torn line of an earlier process
 * is terminated.
 */
function write(file: number, text: string): void {
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

/** How many files a spool has. */
interface SpoolCount {
  waiting: number
  rejected: number
  /** Why the first call was refused of those that wait for a person. */
  firstRejected: { file: string; reason: string } | null
}

/** Counts the files of a spool: those that wait for the database, and those that wait for a person. */
export function countSpool(dir: string): SpoolCount {
  const names = existsSync(dir) ? readdirSync(dir).toSorted() : []
  const rejected = names.filter((name) => name.endsWith('.rejected'))
  const [first] = rejected
  return {
    waiting: names.filter((name) => name.endsWith('.ndjson')).length,
    rejected: rejected.length,
    firstRejected: first === undefined ? null : { file: first, reason: reasonIn(join(dir, first)) },
  }
}

/** Why the first call of a file was refused. */
function reasonIn(path: string): string {
  const { refused } = asObject(parseJson(linesOf(path)[0] ?? '')) ?? {}
  return typeof refused === 'string' ? refused : unreadableLine
}

/** The lines of a file, without empty ones. */
export const linesOf = (path: string): string[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter((text) => text !== '')

const line = z.object({ name: z.enum(spooledNames), input: z.record(z.string(), z.json()) })

/** The call in a line; null if it is not valid. */
export const callIn = (text: string): SpooledCall | null => line.safeParse(parseJson(text)).data ?? null

/** Why a line that is not valid is set aside. */
export const unreadableLine = 'the line is not valid: it was cut off, or is of another version'
