import { useState } from 'react'
import { tell } from '../app/notices.ts'
import { Button } from './button.tsx'

/** A button that copies a text. */
export function Copy({ text, label = 'Copy' }: { text: string; label?: string }) {
  const [isCopied, setCopied] = useState(false)
  const copy = () => {
    // Over http a browser has no clipboard, except on this machine.
    if (!('clipboard' in navigator)) return tell('This page may not copy: select the text and copy it.')
    navigator.clipboard.writeText(text).then(
      () => setCopied(true),
      () => tell('The browser did not copy it: select the text and copy it.'),
    )
  }
  return <Button onClick={copy}>{isCopied ? 'Copied' : label}</Button>
}
