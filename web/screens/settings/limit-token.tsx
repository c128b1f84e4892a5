import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { send } from '../../api/client.ts'
import { proxyTokensQuery } from '../../api/upkeep-queries.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { LimitFields } from './limit-fields.tsx'
import styles from './settings.module.css'
import { limitsBody, limitsProblem, type ProxyToken, typedLimits } from './token-form.ts'

/** Gives a token other limits. */
export function LimitToken({ token, onClose }: { token: ProxyToken; onClose: () => void }) {
  const { id, name } = token
  const queries = useQueryClient()
  const [typed, setTyped] = useState(() => typedLimits(token))
  const change = useMutation({
    mutationFn: () => send('PATCH', '/api/v1/proxy/tokens/{id}', { params: { id }, body: limitsBody(typed) }),
    onSuccess: onClose,
    onSettled: () => queries.invalidateQueries({ queryKey: proxyTokensQuery.queryKey }),
  })
  const why = change.isPending ? 'They are being changed' : limitsProblem(typed)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (why === null) change.mutate()
  }
  return (
    <Dialog title={`Limits of ${name}`} onClose={onClose}>
      <form className={styles.form} onSubmit={submit}>
        <LimitFields typed={typed} onType={(more) => setTyped((before) => ({ ...before, ...more }))} />
        <p className={styles.note}>They hold within five seconds, and what was used today counts.</p>
        {change.error !== null && <p role="alert">{change.error.message}</p>}
        <Button kind="primary" type="submit" why={why}>
          Change
        </Button>
      </form>
    </Dialog>
  )
}
