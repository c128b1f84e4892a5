import { useSyncExternalStore } from 'react'

// One timer for every age on the page.

const stepMs = 15_000
let now = new Date()
const listeners = new Set<() => void>()

function tick() {
  now = new Date()
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void) {
  listeners.add(listener)
  const timer = setInterval(tick, stepMs)
  return () => {
    clearInterval(timer)
    listeners.delete(listener)
  }
}

/** The present, which moves on every 15 s. */
export const useNow = (): Date => useSyncExternalStore(subscribe, () => now)
