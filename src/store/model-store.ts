import type { Price } from '../core/price.ts'
import type { ModelRecord, PriceInput, SyncInput, SyncRow, TargetInput, TargetRecord } from './model-codec.ts'
import type { Page, PageInput } from './page.ts'

/** Models, targets and prices in the database. */
export interface ModelStore {
  /** Models by provider and id; of all providers if `providers` is null. */
  listModels: (input: PageInput & { providers: string[] | null }) => Promise<Page<ModelRecord>>
  /** Records a sync with all its changes to models, prices and targets, in one transaction. */
  saveSync: (input: SyncInput) => Promise<{ recorded: boolean }>
  /** Syncs, latest first. */
  listSyncs: (input: PageInput & { provider: string | null }) => Promise<Page<SyncRow>>
  /**
   * Activates or deactivates the target with these parameters, creating it if necessary, or all targets of a
   * model if there are none.
   */
  setTarget: (input: TargetInput) => Promise<{ rows: TargetRecord[]; changed: number }>
  /** Sets the intervals that a budget leaves to targets, in minutes; null if it does not thin one. */
  thinTargets: (input: { rows: { id: string; minutes: number | null }[] }) => Promise<{ changed: number }>
  /** Sets a person's own price, or ends it with null; returns the price now in force. */
  setPrice: (input: PriceInput) => Promise<{ price: Price | null }>
}
