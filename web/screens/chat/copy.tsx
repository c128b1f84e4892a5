import { useState } from 'react'
import { Button } from '../../ui/button.tsx'

/** How long it says that it did, in ms. */
const saidMs = 2000

/** Puts a text where it can be pasted from, and says so. */
export function Copy({ text, label }: { text: string; label: string }) {
  const [said, setSaid] = useState<string | null>(null)
  const say = (word: string) => {
    setSaid(word)
    setTimeout(() => setSaid(null), saidMs)
  }
  return (
    <Button
      kind="quiet"
      onClick={() =>
        // A page that came over plain http from another machine has no clipboard.
        void (navigator.clipboard as Clipboard | undefined)?.writeText(text).then(
          () => say('Copied'),
          () => say('Not allowed'),
        )
      }
    >
      <span aria-live="polite">{said ?? label}</span>
    </Button>
  )
}
