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
    shown.length === 0
      ? 'no models are known: pnpm tsx scripts/sync-models.ts asks for them'
      : modelsTable(shown),
    ...(hidden > 0 ? [`${hidden} more that do not chat or have left; --all shows them`] : []),
  ]
  return { document: { models: shown.map(toModelDocument) }, text: lines.join('\n\n') }
}

/** A model that chats and can be called, or that has targets. */
const isOfInterest = ({ type, available, targets }: ModelRecord): boolean =>
  targets.length > 0 || (available !== false && (type ?? 'chat') === 'chat')
