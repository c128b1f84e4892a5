import { modelsTable } from '../report/models.ts'
import { type ModelRecord, toModelDocument } from '../store/model-codec.ts'
import { everyModel } from '../store/every-model.ts'
import type { Subcommand } from './models-flags.ts'
import { providerNamed } from './named-provider.ts'

/** `models list`: models with their prices and targets. */
export const list: Subcommand = async ({ provider, all }, { store, app }) => {
  const ids = provider.map((name) => providerNamed(name, app).id)
  const known = await everyModel(store, ids.length === 0 ? null : ids)
  const shown = known.filter((model) => all || isOfInterest(model))
  const hidden = known.length - shown.length
  const lines = [
    shown.length === 0 ? 'no models are known: run pnpm tsx scripts/sync-models.ts' : modelsTable(shown),
    ...(hidden > 0 ? [`${hidden} more are delisted or not chat models; --all shows them`] : []),
  ]
  return { document: { models: shown.map(toModelDocument) }, text: lines.join('\n\n') }
}

/** Whether a model is listed by default: an available chat model, or one that has targets. */
const isOfInterest = ({ type, available, targets }: ModelRecord): boolean =>
  targets.length > 0 || (available !== false && (type ?? 'chat') === 'chat')
