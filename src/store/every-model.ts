import type { ModelRecord } from './model-codec.ts'
import type { Store } from './store.ts'

/**
 * All models of these providers, or of every provider if null, read page by page. Rejects with StoreError.
 */
export async function everyModel(
  store: Pick<Store, 'listModels'>,
  providers: string[] | null,
): Promise<ModelRecord[]> {
  const models: ModelRecord[] = []
  for (let after: string | null = null; ;) {
    const page = await store.listModels({ providers, after, limit: 500 })
    models.push(...page.rows)
    after = page.next
    if (after === null) return models
  }
}
