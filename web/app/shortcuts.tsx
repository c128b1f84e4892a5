import { useRouter } from '@tanstack/react-router'
import { lazy, Suspense, useEffect, useState } from 'react'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Icon } from '../ui/icon.tsx'
import { shortcuts, wishOf } from './keys.ts'
import styles from './shortcuts.module.css'

const Palette = lazy(() => import('./palette.tsx').then(({ Palette: component }) => ({ default: component })))

/** The keys that work anywhere, what they open, and a button for who has none. */
export function Shortcuts() {
  const router = useRouter()
  const [open, setOpen] = useState<'palette' | 'help' | null>(null)
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const wish = event.defaultPrevented ? null : wishOf({ ...pick(event), isTyping: isTyping(event) })
      // In an open dialog a letter is the dialog's.
      if (wish === null || (wish.kind !== 'palette' && document.querySelector('dialog[open]') !== null))
        return
      if (wish.kind === 'filter') {
        const field = document.querySelector<HTMLInputElement>('main input[type="search"]')
        if (field === null) return
        field.focus()
      } else if (wish.kind === 'screen') void router.navigate({ to: wish.to })
      else setOpen(wish.kind)
      event.preventDefault()
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [router])
  const close = () => setOpen(null)
  return (
    <>
      <Button kind="quiet" aria-label="Go to" title="Go to (Ctrl K)" onClick={() => setOpen('palette')}>
        <Icon name="search" />
      </Button>
      {open === 'palette' && (
        <Suspense>
          <Palette onClose={close} />
        </Suspense>
      )}
      {open === 'help' && <Help onClose={close} />}
    </>
  )
}

const pick = ({ key, ctrlKey, metaKey, altKey }: KeyboardEvent) => ({ key, ctrlKey, metaKey, altKey })

/** Whether the key goes into something that takes letters. */
const isTyping = ({ target }: KeyboardEvent): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || target.matches('input, textarea, select, [role="slider"]'))

function Help({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="Keyboard shortcuts" onClose={onClose}>
      <dl className={styles.list}>
        {shortcuts.map(({ keys, does }) => (
          <div key={does}>
            <dt>{does}</dt>
            <dd>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  )
}
