import { readFileSync, statSync } from 'node:fs'
import { z } from 'zod'
import { messageOf } from '../core/error.ts'
import { readSweep, type RecordedSweep } from '../jobs/read-sweep.ts'
import { parseSweepFile } from '../jobs/sweep-file.ts'
import type { Store } from '../store/store.ts'
import { withStore } from '../store/with-store.ts'

type Problem = { problem: string }

/**
 * Reads two sweeps, each by the id of its run or from its file; the database is opened only if one is named by its
 * id. Rejects with StoreError.
 */
export async function readSweeps(
  names: readonly string[],
  openStore: () => Promise<Store>,
): Promise<{ sweeps: [RecordedSweep, RecordedSweep] } | Problem> {
  const [first = '', second = ''] = names
  const [a, b] = [fileNamed(first), fileNamed(second)]
  if (a !== null && 'problem' in a) return a
  if (b !== null && 'problem' in b) return b
  if (a !== null && b !== null) return { sweeps: [a, b] }
  return withStore(openStore, async (store) => {
    const before = a ?? (await readSweep(first, store))
    if ('problem' in before) return before
    const after = b ?? (await readSweep(second, store))
    return 'problem' in after ? after : { sweeps: [before, after] }
  })
}

/** The sweep of a file; null if it is named by an id. */
const fileNamed = (name: string) => (isId(name) ? null : readSweepFile(name))

const isId = (name: string): boolean => z.uuid().safeParse(name).success

/** 100,000 requests, which is the most that a sweep has, take 20 MB. */
const mostBytes = 256 * 2 ** 20

function readSweepFile(path: string): RecordedSweep | Problem {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined) return { problem: `${path} is neither the id of a run nor a file` }
  if (!stat.isFile() || stat.size > mostBytes)
    return { problem: `${path} is no file of a sweep: ${stat.isFile() ? 'it is too long' : 'it is no file'}` }
  try {
    const found = parseSweepFile(readFileSync(path, 'utf8'))
    return 'problem' in found ? { problem: `${path} ${found.problem}` } : found
  } catch (error) {
    return { problem: messageOf(error) }
  }
}
