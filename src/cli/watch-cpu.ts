import type { Clock } from '../core/clock.ts'
import { type CpuStamp, cpuShare } from '../lab/cpu-share.ts'
import { threadCpuMs } from '../probe/cpu.ts'

/** How busy threads were, level by level. */
export interface CpuWatch {
  /** A result of this level is there. */
  add: (level: number) => void
  /** For each level the CPU share of its time from the first result to the last, as `cpuShare` has it. */
  shares: () => Map<number, number>
}

/** Watches this thread and those of a pool. */
export function watchCpu(clock: Clock, measuring: () => number[], own: () => number = threadCpuMs): CpuWatch {
  const spans = new Map<number, { from: CpuStamp; to: CpuStamp }>()
  return {
    add: (level) => {
      const now = { at: clock.now(), own: own(), measuring: measuring() }
      spans.set(level, { from: spans.get(level)?.from ?? now, to: now })
    },
    shares: () =>
      new Map(
        [...spans].flatMap(([level, { from, to }]) => {
          const share = cpuShare(from, to)
          return share === null ? [] : [[level, share]]
        }),
      ),
  }
}
