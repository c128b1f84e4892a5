import { useMutation, useQueryClient } from '@tanstack/react-query'
import { send } from '../../api/client.ts'
import { proxyTokensQuery } from '../../api/upkeep-queries.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import styles from './settings.module.css'
import type { ProxyToken } from './token-form.ts'

/** Asks before a token is revoked. */
export function RevokeToken({ token: { id, name }, onClose }: { token: ProxyToken; onClose: () => void }) {
  const queries = useQueryClient()
  const revoke = useMutation({
    mutationFn: () => send('DELETE', '/api/v1/proxy/tokens/{id}', { params: { id } }),
    onSuccess: onClose,
    onSettled: () => queries.invalidateQueries({ queryKey: proxyTokensQuery.queryKey }),
  })
  return (
    <Dialog title={`Revoke the token of ${name}?`} onClose={onClose}>
      <div className={styles.made}>
        <p>
          Within five seconds it opens nothing more, for good. Answers that are on their way go on to their
          end.
        </p>
        {revoke.error !== null && <p role="alert">{revoke.error.message}</p>}
        <div className={styles.actions}>
          <Button onClick={onClose}>Keep it</Button>
          <Button
            kind="primary"
            why={revoke.isPending ? 'It is being revoked' : null}
            onClick={() => revoke.mutate()}
          >
            Revoke
          </Button>
        </div>
      </div>
    </Dialog>
  )
}
