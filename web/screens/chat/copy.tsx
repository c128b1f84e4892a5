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
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text)
      say('Copied')
    } catch {
      // Not allowed; or there is none, as on a page that came over plain http from another machine.
      say('No clipboard')
    }
  }
  return (
    <Button kind="quiet" onClick={() => void copy()}>
      <span aria-live="polite">{said ?? label}</span>
    </Button>
  )
}
