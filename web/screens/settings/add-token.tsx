import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { send } from '../../api/client.ts'
import { proxyTokensQuery } from '../../api/upkeep-queries.ts'
import { Button } from '../../ui/button.tsx'
import { Copy } from '../../ui/copy.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Field } from '../../ui/field.tsx'
import { LimitFields } from './limit-fields.tsx'
import styles from './settings.module.css'
import { tokenBody, tokenProblem } from './token-form.ts'

/** Makes a token, and shows it once. */
export function AddToken({ onClose }: { onClose: () => void }) {
  const queries = useQueryClient()
  const create = useMutation({
    mutationFn: (body: ReturnType<typeof tokenBody>) => send('POST', '/api/v1/proxy/tokens', { body }),
    onSettled: () => queries.invalidateQueries({ queryKey: proxyTokensQuery.queryKey }),
    // The token is nowhere but on the screen.
    gcTime: 0,
  })
  const made = create.data
  return (
    <Dialog title={made === undefined ? 'Create a token' : `Token of ${made.name}`} onClose={onClose}>
      {made === undefined ? (
        <Form create={create} />
      ) : (
        <div className={styles.made}>
          <p>Copy it now: it is not kept, and never shown again.</p>
          <code className={styles.token}>{made.token}</code>
          <p className={styles.note}>
            Set it as the API key of the client, and the address of the proxy as its base URL. Providers never
            see it.
          </p>
          <div className={styles.actions}>
            <Copy text={made.token} />
            <Button kind="primary" onClick={onClose}>
              Done
            </Button>
          </div>
        </div>
      )}
    </Dialog>
  )
}

interface Create {
  isPending: boolean
  error: Error | null
  mutate: (body: ReturnType<typeof tokenBody>) => void
}

function Form({ create }: { create: Create }) {
  const [typed, setTyped] = useState({ name: '', requests: '', usd: '' })
  const type = (more: Partial<typeof typed>) => setTyped((before) => ({ ...before, ...more }))
  const why = create.isPending ? 'It is being made' : tokenProblem(typed)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (why === null) create.mutate(tokenBody(typed))
  }
  return (
    <form className={styles.form} onSubmit={submit}>
      <Field
        label="Client"
        placeholder="billing-service"
        maxLength={64}
        autoComplete="off"
        value={typed.name}
        onChange={({ target }) => type({ name: target.value })}
      />
      <LimitFields typed={typed} onType={type} />
      {create.error !== null && <p role="alert">{create.error.message}</p>}
      <Button kind="primary" type="submit" why={why}>
        Create
      </Button>
    </form>
  )
}
