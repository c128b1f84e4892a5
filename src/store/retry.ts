import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { isUnreachable, type Store } from './store.ts'

/** Randomness in 0..1 and a way to wait some ms. */
export interface Pauses {
  sleep: (ms: number) => Promise<unknown>
  random: () => number
}

const tries = 3
const firstPauseMs = 200

/**
 * The store, trying again what failed without an answer or was told to try later: up to three times, after pauses that
 * grow and differ between workers. Every method may be repeated, so a lost answer costs nothing.
 */
export function withRetry(store: Store, pauses: Pauses = { sleep: setTimeout, random: Math.random }): Store {
  const again = async <Output>(call: (attempt: number) => Promise<Output>): Promise<Output> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await call(attempt)
      } catch (error) {
        if (attempt === tries || !isUnreachable(error)) throw error
        await pauses.sleep(firstPauseMs * 4 ** (attempt - 1) * (0.5 + pauses.random()))
      }
    }
  }
  return {
    readCatalog: (input) => again(() => store.readCatalog(input)),
    startRun: (plan, region, worker) =>
      again(async (attempt) => {
        const started = await store.startRun(plan, region, worker)
        // It was created by the try whose answer was lost.
        const wasOurs = attempt > 1 && started.run.id === plan.id
        return wasOurs ? { ...started, created: true, joined: true } : started
      }),
    joinRun: (input) => again(() => store.joinRun(input)),
    planConfirm: (input) => again(() => store.planConfirm(input)),
    fileMissed: (input) => again(() => store.fileMissed(input)),
    claimProbe: (input) => {
      const claim = { claimId: randomUUID(), ...input }
      return again(() => store.claimProbe(claim))
    },
    recordResult: (result) => again(() => store.recordResult(result)),
    skipProbes: (input) => again(() => store.skipProbes(input)),
    finishRun: (input) => again(() => store.finishRun(input)),
    listResults: (input) => again(() => store.listResults(input)),
    listTimelines: (input) => again(() => store.listTimelines(input)),
    rederiveResults: (input) => again(() => store.rederiveResults(input)),
    refreshSummaries: () => again(() => store.refreshSummaries()),
    rebuildRollups: (input) => again(() => store.rebuildRollups(input)),
    prune: (input) => again(() => store.prune(input)),
    countPrunable: (input) => again(() => store.countPrunable(input)),
    recordCalibration: (calibration) => again(() => store.recordCalibration(calibration)),
    latestCalibration: (input) => again(() => store.latestCalibration(input)),
    listModels: (input) => again(() => store.listModels(input)),
    saveSync: (input) => again(() => store.saveSync(input)),
    listSyncs: (input) => again(() => store.listSyncs(input)),
    setTarget: (input) => again(() => store.setTarget(input)),
    setPrice: (input) => again(() => store.setPrice(input)),
    deliver: (call) => again(() => store.deliver(call)),
    readHealth: (input) => again(() => store.readHealth(input)),
    close: () => store.close(),
  }
}
