import { recordedOutput } from './calibration-codec.ts'
import type { MakeMethod } from './functions.ts'
import * as models from './model-codec.ts'
import type { ModelStore } from './model-store.ts'

/** Models, targets and prices. */
export const catalogOver = (method: MakeMethod): ModelStore => ({
  listModels: method('list_models', models.modelPage),
  saveSync: method('save_sync', recordedOutput, models.toSyncInput),
  listSyncs: method('list_syncs', models.syncPage),
  setTarget: method('set_target', models.targetsOutput, models.toTargetInput),
  thinTargets: method('thin_targets', models.thinnedOutput),
  setPrice: method('set_price', models.priceOutput, models.toPriceInput),
})
