import { providers } from '../registry/providers.ts'
import type { StatusPage } from '../store/status-codec.ts'
import { type View, viewOf } from '../status/view.ts'

/** What was read, and how old it is in minutes; null while it is as new as it should be. */
export interface Snapshot {
  page: StatusPage
  view: View
  ageMinutes: number | null
}

/** How old a snapshot may be before it is read anew, and before readers are told, in ms. */
const limits = { fresh: 30_000, told: 120_000 }

/** Where providers say for people how they are. */
const officialPages = new Map(
  providers.flatMap(({ id, status }) => (status === undefined ? [] : [[id, status.page] as const])),
)

/** What a cache of the page needs. */
interface Given {
  read: () => Promise<StatusPage>
  /** The wall clock. */
  date: () => Date
  /** Whether the program lives on after an answer: where it does not, everybody waits for their own read. */
  isKept: boolean
  /** Told of a read that failed while there is something older to show. */
  onError: (error: unknown) => void
}

/**
 * The page in memory. It is read once however many ask at once; once it is 30 s old it is read anew in the background, and
 * what there is, is shown meanwhile, also while the database does not answer. What is written here, the next reader waits for. Rejects
 * only if nothing was ever read.
 */
export function createStatusCache({ read, date, isKept, onError }: Given): {
  get: () => Promise<Snapshot>
  changed: () => void
} {
  let kept: { page: StatusPage; view: View; readAt: number } | null = null
  let underWay: Promise<void> | null = null
  let triedAt = -Infinity
  /** Whether something was written that is not read yet. */
  let isWritten = false
  let nWritten = 0
  const readNow = async (before: number): Promise<void> => {
    const page = await read()
    kept = { page, view: viewOf(page, officialPages), readAt: date().getTime() }
    if (nWritten === before) isWritten = false
  }
  const renew = (): Promise<void> => {
    if (underWay !== null) return underWay
    const before = nWritten
    triedAt = date().getTime()
    underWay = readNow(before).finally(() => {
      underWay = null
    })
    return underWay
  }
  return {
    get: async () => {
      const isDue = date().getTime() - triedAt >= limits.fresh
      if (kept === null || !isKept) await renew()
      else if (isWritten) await renew().catch(onError)
      else if (isDue) renew().catch(onError)
      if (kept === null) throw new Error('nothing was read')
      const { page, view, readAt } = kept
      const age = date().getTime() - readAt
      return { page, view, ageMinutes: age > limits.told ? Math.floor(age / 60_000) : null }
    },
    changed: () => {
      nWritten += 1
      isWritten = true
    },
  }
}
