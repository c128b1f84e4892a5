import type { Onlooker } from '../probe/live-text.ts'
import type { ProbeOfRun, RunEvent } from './events.ts'
import { LiveRun, type TextNews } from './live-run.ts'

/** The answers of the runs that this process makes, while they are measured. They are in memory, and only if somebody reads them. */
export interface LiveTexts {
  /** A run of this process: `hear` is a watcher of its events. */
  open: () => { hear: (event: RunEvent) => void; close: () => void }
  /** Who may want to see the call of a probe. */
  onlookerOf: (of: ProbeOfRun) => Onlooker
  isHere: (runId: string) => boolean
  /** Waits until this process makes a run, or for a while. */
  whenHere: (runId: string, ms: number, signal: AbortSignal) => Promise<void>
  /** Calls in hand from their beginning, and then what comes, until the run ends here. A slow reader gets more at once, or less. */
  read: (runId: string, signal: AbortSignal) => AsyncGenerator<TextNews, void>
}

/** Opens the answers of a process. */
export function openLiveTexts(): LiveTexts {
  const runs = new Map<string, LiveRun>()
  const waiting = new Set<{ runId: string; resolve: () => void }>()
  const enter = (runId: string) => {
    runs.set(runId, new LiveRun())
    for (const each of waiting) if (each.runId === runId) each.resolve()
  }
  const leave = (runId: string) => {
    runs.get(runId)?.end()
    runs.delete(runId)
  }
  return {
    open: () => {
      // Whose slot has a run already joins that one, so only events say which it is.
      let runId: string | null = null
      const close = () => {
        if (runId !== null) leave(runId)
        runId = null
      }
      const hear = (event: RunEvent) => {
        if (event.type === 'run_started' || event.type === 'run_joined') enter((runId = event.run.id))
        if (event.type === 'run_finished' || event.type === 'run_handed_over') close()
      }
      return { hear, close }
    },
    onlookerOf: ({ runId, probe }) => ({
      begin: (watch) => runs.get(runId)?.begin(probe, watch) ?? (() => undefined),
      take: (news) => runs.get(runId)?.take(probe, news),
    }),
    isHere: (runId) => runs.has(runId),
    whenHere: async (runId, ms, signal) => {
      if (runs.has(runId) || signal.aborted) return
      const { promise, resolve } = Promise.withResolvers<void>()
      const wait = { runId, resolve: () => resolve() }
      waiting.add(wait)
      const timer = setTimeout(resolve, ms).unref()
      signal.addEventListener('abort', wait.resolve)
      await promise
      signal.removeEventListener('abort', wait.resolve)
      clearTimeout(timer)
      waiting.delete(wait)
    },
    read: async function* (runId, signal) {
      const run = runs.get(runId)
      if (run !== undefined) yield* run.read(signal)
    },
  }
}
