import { useState } from 'react'
import { useSession } from '../api/session.ts'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Icon } from '../ui/icon.tsx'
import { SignIn } from '../ui/sign-in.tsx'

/** Signing in and out. */
export function Session() {
  const { grant, signOut } = useSession()
  const [isOpen, setOpen] = useState(false)
  if (grant === null) return null
  if (grant !== 'none')
    return (
      <Button
        kind="quiet"
        onClick={signOut}
        title={grant === 'admin' ? 'Signed in: you may change things' : 'Signed in: you may read'}
      >
        Sign out
      </Button>
    )
  return (
    <>
      <Button kind="quiet" onClick={() => setOpen(true)}>
        <Icon name="key" /> Sign in
      </Button>
      {isOpen && (
        <Dialog title="Sign in" onClose={() => setOpen(false)}>
          <SignIn onDone={() => setOpen(false)} />
        </Dialog>
      )}
    </>
  )
}
