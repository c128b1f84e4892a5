/** The memory that answers in progress share. */
export interface SharedMemory {
  /** Takes part, until `release`. */
  join: () => Share
}

/** The part of one answer. */
interface Share {
  /** Says that it holds so many bytes by now; false if it must hold no more. */
  hold: (bytes: number) => boolean
  release: () => void
}

/**
 * Memory of so many bytes. Once all of it is held, whoever holds more than an equal part must stop: a few answers that are not read, or
 * that flood us, then cost the others nothing.
 */
export function sharedMemory(most: number): SharedMemory {
  let total = 0
  let sharing = 0
  return {
    join: () => {
      let own = 0
      sharing += 1
      return {
        hold: (bytes) => {
          total += bytes - own
          own = bytes
          return total <= most || own <= most / sharing
        },
        release: () => {
          total -= own
          sharing -= 1
        },
      }
    },
  }
}
