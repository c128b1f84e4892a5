import { useSession } from '../../api/session.ts'
import { Button } from '../../ui/button.tsx'
import { useChangeSearch } from '../../ui/search.ts'
import { useSync } from './changing.ts'
import type { ModelsSearch } from './search.ts'

/** What can be done with the catalog: adding a target, and asking the providers. */
export function Actions() {
  const { isAdmin } = useSession()
  const change = useChangeSearch<ModelsSearch>()
  const sync = useSync(() => change({ view: 'syncs' }))
  const denied = isAdmin ? null : 'Sign in to change what is benchmarked'
  return (
    <>
      <Button why={denied} onClick={() => change({ add: true })}>
        Add a target
      </Button>
      <Button
        kind="primary"
        why={denied ?? (sync.isPending ? 'The providers are being asked' : null)}
        onClick={() => sync.mutate()}
      >
        {sync.isPending ? 'Asking the providers' : 'Sync now'}
      </Button>
    </>
  )
}
