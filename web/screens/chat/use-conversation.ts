import { useLayoutEffect, useRef, useSyncExternalStore } from 'react'
import { createConversation, type Turn } from './conversation.ts'
import { stream } from './stream.ts'

/** The conversation of this tab. */
export const conversation = createConversation({
  now: () => performance.now(),
  nextFrame: (act) => requestAnimationFrame(act),
  stream,
})

/** What was said so far. */
export const useTurns = (): readonly Turn[] =>
  useSyncExternalStore(conversation.subscribe, conversation.turns)

/** So near to the end of the page somebody reads along, in px. */
const nearPx = 64

/** Keeps the end of the page in view while an answer grows, for whoever is there; a new question leads there. */
export function useFollowing(turns: readonly Turn[]): void {
  const isThere = useRef(true)
  const last = useRef(turns.at(-1)?.id)
  useLayoutEffect(() => {
    const look = () => {
      const { scrollHeight } = document.documentElement
      isThere.current = innerHeight + scrollY >= scrollHeight - nearPx
    }
    addEventListener('scroll', look, { passive: true })
    return () => removeEventListener('scroll', look)
  }, [])
  useLayoutEffect(() => {
    if (turns.at(-1)?.id !== last.current) isThere.current = true
    last.current = turns.at(-1)?.id
    if (turns.length > 0 && isThere.current) scrollTo({ top: document.documentElement.scrollHeight })
  }, [turns])
}
