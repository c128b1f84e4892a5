import { type ComponentType, useState } from 'react'
import { useSession } from '../../api/session.ts'
import { Button } from '../../ui/button.tsx'
import { whyOwned } from '../../ui/owned.ts'
import type { Target } from './limits.ts'

/** What a button that opens a form of a target needs. */
interface SetButtonProps {
  target: Target | undefined
  label: string
  /** What is set, as the end of a sentence. */
  what: string
  form: ComponentType<{ target: Target; onClose: () => void }>
}

/** The button that opens a form of a target; disabled, with the reason, for whoever may not change it. */
export function SetButton({ target, label, what, form: Form }: SetButtonProps) {
  const { isAdmin } = useSession()
  const [isOpen, setOpen] = useState(false)
  const idle = target === undefined ? 'It is being read' : whyOwned(target.owned_by)
  return (
    <>
      <Button why={isAdmin ? idle : `Sign in to set ${what}`} onClick={() => setOpen(true)}>
        {label}
      </Button>
      {isOpen && target !== undefined && <Form target={target} onClose={() => setOpen(false)} />}
    </>
  )
}
