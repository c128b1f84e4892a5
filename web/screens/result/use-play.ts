import { useEffect, useState } from 'react'

/** A moment of a stream that moves on at its own pace, in ms; null shows all of it. */
export function usePlay(endMs: number) {
  const [at, setAt] = useState<number | null>(null)
  const [isStarted, setStarted] = useState(false)
  const isOver = at !== null && at >= endMs
  const isPlaying = isStarted && !isOver
  useEffect(() => {
    if (!isPlaying) return undefined
    let before = performance.now()
    let frame = requestAnimationFrame(function step(now) {
      const passed = Math.max(0, now - before)
      before = now
      setAt((was) => Math.min(endMs, (was ?? 0) + passed))
      frame = requestAnimationFrame(step)
    })
    return () => cancelAnimationFrame(frame)
  }, [isPlaying, endMs])
  return {
    at,
    isPlaying,
    /** Goes on from where it is, or from the beginning, or stops. */
    toggle: () => {
      if (!isPlaying && (at === null || isOver)) setAt(0)
      setStarted(!isPlaying)
    },
    /** Stops there. */
    seek: (to: number | null) => {
      setStarted(false)
      setAt(to)
    },
  }
}

export type Play = ReturnType<typeof usePlay>
