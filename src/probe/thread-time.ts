import { closeSync, openSync, readSync } from 'node:fs'

/** What this thread's time went into, in ms that only grow. */
export interface ThreadTime {
  /** Its event loop waited for something to happen. */
  idle: () => number
  /** It could have run, and waited for a core; null where the kernel does not say. */
  queued: (() => number) | null
  close: () => void
}

const { nodeTiming } = performance
const idle = (): number => nodeTiming.idleTime

/**
 * The accounts of the calling thread. Linux counts the ns that each thread waited for a core, as the second
 * number of its schedstat (Documentation/scheduler/sched-stats.rst); reading it takes 1.6 us.
 */
export function openThreadTime(): ThreadTime {
  const file = openSchedstat()
  const bytes = Buffer.alloc(64)
  /** One of its numbers. They are read as bytes, because making text of them takes as long as the kernel. */
  const counter = (index: number): number =>
    file.fd === null ? 0 : numberIn(bytes, readSync(file.fd, bytes, 0, bytes.length, 0), index)
  const close = () => {
    if (file.fd !== null) closeSync(file.fd)
    file.fd = null
  }
  // A kernel that does not count says that this thread has never run.
  if (counter(0) > 0) return { idle, queued: () => counter(1) / 1e6, close }
  close()
  return { idle, queued: null, close }
}

const [space, zero] = [0x20, 0x30]

/** The number of this index in a line of them, of so many bytes. */
function numberIn(line: Buffer, length: number, index: number): number {
  let number = 0
  for (let at = 0, passed = 0; at < length && passed <= index; at += 1) {
    const byte = line[at] ?? space
    if (byte === space) passed += 1
    else if (passed === index) number = number * 10 + byte - zero
  }
  return number
}

/** Resolved when it is opened, so that it stays that of the calling thread. */
function openSchedstat(): { fd: number | null } {
  try {
    return { fd: openSync('/proc/thread-self/schedstat', 'r') }
  } catch {
    return { fd: null }
  }
}
