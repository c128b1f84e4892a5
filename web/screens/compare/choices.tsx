import { Choice } from '../../ui/field.tsx'
import { most } from './search.ts'
import { familiesOf, type Target } from './view.ts'

/** Every target that is not chosen yet, by provider. */
export function AddTarget({
  targets,
  isFull,
  onAdd,
}: {
  targets: readonly Target[]
  isFull: boolean
  onAdd: (id: string) => void
}) {
  return (
    <Choice
      label="Add a target"
      isBare
      value=""
      disabled={isFull}
      onChange={({ target }) => onAdd(target.value)}
    >
      <option value="">{isFull ? `${most} is the most` : 'Add a target'}</option>
      {[...Map.groupBy(targets, ({ providerName }) => providerName)].map(([provider, ofProvider]) => (
        <optgroup key={provider} label={provider}>
          {ofProvider.map(({ id, model }) => (
            <option key={id} value={id}>
              {model}
            </option>
          ))}
        </optgroup>
      ))}
    </Choice>
  )
}

/** Models that several providers serve: one choice compares them all. */
export function SameModel({
  targets,
  family: chosen,
  onChoose,
}: {
  targets: readonly Target[]
  family: string
  onChoose: (model: string | undefined) => void
}) {
  return (
    <Choice
      label="The same model at every provider"
      isBare
      value={chosen}
      onChange={({ target }) => onChoose(target.value || undefined)}
    >
      <option value="">One model, every provider</option>
      {familiesOf(targets).map(({ family, n }) => (
        <option key={family} value={family}>
          {family} ({n} providers)
        </option>
      ))}
    </Choice>
  )
}
