import type { Result } from '../../src/core/result.ts'
import { encodeResult } from '../../src/store/result-codec.ts'
import type { RunStore } from '../../src/store/store.ts'

/** Records a result as the end of a probe does, by a worker or by nobody in particular. */
export const recordResult = async (store: Pick<RunStore, 'recordResult'>, result: Result, owner?: string) => {
  const input = await encodeResult(result)
  return store.recordResult(owner === undefined ? input : { ...input, owner })
}
