import { useSession } from '../../api/session.ts'
import { tell } from '../../app/notices.ts'
import { Button } from '../../ui/button.tsx'
import { whyOwned } from '../../ui/owned.ts'
import { useAdd, useSwitch } from './changing.ts'
import { type ModelRow, ownerOf, statusOf } from './view.ts'

/** Makes a target of a model, or stops calling all of its targets. */
export function SwitchModel({ row }: { row: ModelRow }) {
  const { isAdmin } = useSession()
  const { provider, model, type, targets } = row
  const add = useAdd()
  const change = useSwitch()
  const isActive = statusOf(row) === 'benchmarked'
  const isNew = targets.every(({ active }) => active === null)
  const owned = whyOwned(ownerOf(targets))
  const why = !isAdmin
    ? 'Sign in to change what is benchmarked'
    : owned !== null
      ? owned
      : (type ?? 'chat') !== 'chat' && !isActive
        ? 'Only chat models are benchmarked'
        : change.isPending || add.isPending
          ? 'It is being changed'
          : null
  const act = () => {
    if (isActive) change.mutate({ provider, model, active: false })
    else if (isNew)
      add.mutate({ provider, model }, { onError: ({ message }) => tell(`It was not added: ${message}`) })
    else change.mutate({ provider, model, active: true })
  }
  return (
    <Button
      kind="quiet"
      why={why}
      onClick={act}
      aria-label={`${isActive ? 'Deactivate' : 'Activate'} ${model}`}
    >
      {isActive ? 'Deactivate' : 'Activate'}
    </Button>
  )
}
