import { readdirSync, readFileSync } from 'node:fs'

/**
 * The CPU seconds that a process and its children have used so far, from /proc; null where there is none. By the scheduler's
 * nanoseconds: `stat` counts ticks of 10 ms, and whoever works between two ticks is in none.
 */
export function cpuSecondsOf(pid: number): number | null {
  try {
    const of = [pid, ...childrenOf(pid)].flatMap((each) =>
      readdirSync(`/proc/${each}/task`).map((task) =>
        readFileSync(`/proc/${each}/task/${task}/schedstat`, 'utf8'),
      ),
    )
    return of.reduce((sum, text) => sum + Number.parseInt(text, 10), 0) / 1e9
  } catch {
    return null
  }
}

/** The processes that a process started itself. */
const childrenOf = (pid: number): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((each) => parentOf(each) === pid)

function parentOf(pid: number): number | null {
  try {
    // The name of the program, in parentheses, may hold anything.
    const [, parent] = /.*\) \S (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? []
    return Number(parent)
  } catch {
    // It has ended.
    return null
  }
}
