import { recorded } from '../../src/run/recorder.ts'
import type { Store } from '../../src/store/store.ts'

/** A store that tells of each result that it has recorded, as a run does, and how long that took, in ms. */
export const recordingTo = (
  store: Store,
  tell: (event: ReturnType<typeof recorded>, ms: number) => void,
): Store => ({
  ...store,
  recordResult: async (input) => {
    const from = performance.now()
    const answer = await store.recordResult(input)
    tell(recorded(input, answer), performance.now() - from)
    return answer
  },
})
