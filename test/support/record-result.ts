import type { Result } from '../../src/core/result.ts'
import { encodeResult } from '../../src/store/result-codec.ts'
import type { RunStore } from '../../src/store/store.ts'

/** Records a result as the end of a probe does. */
export const recordResult = async (store: Pick<RunStore, 'recordResult'>, result: Result) =>
  store.recordResult(await encodeResult(result))
