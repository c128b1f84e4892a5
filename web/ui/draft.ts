import { useEffect, useRef, useState } from 'react'

/** What somebody is entering: shown at once, and passed on when they pause or leave the field, since each change of a URL has its price. */
export function useDraft<Value extends string | number>(
  value: Value,
  commit: (value: Value) => void,
  waitMs = 150,
): { shown: Value; enter: (value: Value) => void; flush: () => void } {
  const [draft, setDraft] = useState<{ value: Value; from: Value; isSent: boolean } | null>(null)
  const waiting = useRef<{ timer: ReturnType<typeof setTimeout>; send: () => void } | null>(null)
  useEffect(() => () => clearTimeout(waiting.current?.timer), [])
  const flush = () => waiting.current?.send()
  const enter = (entered: Value) => {
    clearTimeout(waiting.current?.timer)
    setDraft({ value: entered, from: value, isSent: false })
    const send = () => {
      clearTimeout(waiting.current?.timer)
      waiting.current = null
      setDraft({ value: entered, from: value, isSent: true })
      commit(entered)
    }
    waiting.current = { timer: setTimeout(send, waitMs), send }
  }
  // One that was passed on gives way to whatever came of it.
  const isOver = draft === null || (draft.isSent && draft.from !== value)
  return { shown: isOver ? value : draft.value, enter, flush }
}
