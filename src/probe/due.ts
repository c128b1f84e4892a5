import type { Clock } from '../core/clock.ts'

/** One deadline at a time, which what arrives puts off. */
interface Due {
  /** Waits so long for something else, in ms. */
  next: (ms: number, reason: () => Error) => void
  /** Waits for the same again. */
  again: () => void
  clear: () => void
}

/**
 * Our own loop stood still if a deadline passes so much too late, in ms: then what arrived meanwhile is read
 * first.
 */
const lateMs = 100

/** Calls `passed` with the reason of a deadline that passes. Its timer is not moved for what arrives: it looks when it is over. */
export function startDue({ now }: Clock, passed: (reason: Error) => void): Due {
  let begun = now()
  let timer: NodeJS.Timeout | undefined
  let soon: NodeJS.Immediate | undefined
  const look = (ms: number, reason: () => Error, hasPolled = false) => {
    const overMs = now() - begun - ms
    if (overMs < 0) timer = setTimeout(look, -overMs, ms, reason)
    // The loop polls its sockets before it comes to what is immediate.
    else if (overMs > lateMs && !hasPolled) soon = setImmediate(look, ms, reason, true)
    else passed(reason())
  }
  const clear = () => {
    clearTimeout(timer)
    clearImmediate(soon)
  }
  return {
    next: (ms, reason) => {
      clear()
      begun = now()
      timer = setTimeout(look, ms, ms, reason)
    },
    again: () => {
      begun = now()
    },
    clear,
  }
}
