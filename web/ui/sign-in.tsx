import { type FormEvent, useState } from 'react'
import { useSession } from '../api/session.ts'
import { Button } from './button.tsx'
import { Field } from './field.tsx'
import styles from './sign-in.module.css'

/** The form that makes a session of a token. */
export function SignIn({ onDone }: { onDone?: () => void }) {
  const { entering } = useSession()
  const [token, setToken] = useState('')
  const enter = (event: FormEvent) => {
    event.preventDefault()
    if (token.trim() !== '') entering.mutate(token.trim(), { onSuccess: () => onDone?.() })
  }
  return (
    <form className={styles.form} onSubmit={enter}>
      <Field
        label="Token"
        type="password"
        autoComplete="current-password"
        value={token}
        onChange={({ target }) => setToken(target.value)}
        problem={entering.error?.message ?? null}
      />
      <Button kind="primary" type="submit" why={token.trim() === '' ? 'Enter a token' : null}>
        Sign in
      </Button>
      <p>
        <code>ADMIN_TOKEN</code> of the server, or what its first start printed and keeps in{' '}
        <code>.data/.admin-token</code>, may change things; <code>READ_TOKEN</code> may read.
      </p>
    </form>
  )
}
