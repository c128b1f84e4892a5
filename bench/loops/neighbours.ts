import { spawn } from 'node:child_process'
import { availableParallelism, constants, setPriority } from 'node:os'

/**
 * Busy for 5 to 65 ms, idle for up to 60: a neighbour that never rests is put behind us by the scheduler. It
 * ends with us.
 */
const restless =
  'const b=()=>{const u=performance.now()+5+Math.random()*60;while(performance.now()<u);setTimeout(b,Math.random()*60)};b();process.stdin.resume().on("end",()=>process.exit())'

/** Starts a restless process for every core; gives what ends them. */
export function startNeighbours(): () => void {
  const all = Array.from({ length: availableParallelism() }, () =>
    spawn(process.execPath, ['-e', restless], { stdio: ['pipe', 'ignore', 'ignore'] }),
  )
  return () => {
    for (const each of all) each.kill('SIGKILL')
  }
}

/** Keeps neighbours from delaying a process, so that its stamps stay true. It needs the right to do so. */
export function protect(pid: number): boolean {
  try {
    setPriority(pid, constants.priority.PRIORITY_HIGHEST)
    return true
  } catch {
    return false
  }
}
