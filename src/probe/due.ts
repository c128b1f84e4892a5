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

/** Calls `passed` with the reason of a deadline that passes. */
export function startDue({ now }: Clock, passed: (reason: Error) => void): Due {
  let timer: NodeJS.Timeout | undefined
  let begun = now()
  const pass = (ms: number, reason: () => Error) => {
    const begunThen = begun
    const unlessPutOff = () => {
      if (begun === begunThen) passed(reason())
    }
    // The loop polls its sockets before it comes to what is immediate.
    if (now() - begun > ms + lateMs) setImmediate(unlessPutOff)
    else unlessPutOff()
  }
  return {
    next: (ms, reason) => {
      clearTimeout(timer)
      begun = now()
      timer = setTimeout(pass, ms, ms, reason)
    },
    again: () => {
      begun = now()
      timer?.refresh()
    },
    clear: () => {
      clearTimeout(timer)
    },
  }
}
