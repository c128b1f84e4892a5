import { type SweepSources, standardSlots } from '../jobs/asked-sweep.ts'
import { readPrompts } from './read-prompts.ts'
import { readTrace } from './read-trace.ts'
import type { SweepFlags } from './sweep-flags.ts'

/** The flags that name files which say what the requests of a sweep say, and how these are taken. */
type WorkFlags = Pick<SweepFlags, 'prompts' | 'trace' | 'speed' | 'blockTokens' | 'total' | 'slots' | 'cache'>

/** Upstream's size of a block. */
const usualBlockTokens = 512

/** What the files say that flags name, or what is wrong with these. */
export function readWork(flags: WorkFlags): Pick<SweepSources, 'prompts' | 'trace'> | { problem: string } {
  const prompts = promptsIn(flags)
  if ('problem' in prompts) return { problem: prompts.problem }
  const { trace: file, total, speed, blockTokens, slots } = flags
  if (file === null) return prompts
  const trace = readTrace(file, {
    total,
    speed: speed ?? 1,
    blockTokens: blockTokens ?? usualBlockTokens,
    slots: slots ?? standardSlots,
  })
  return 'problem' in trace ? { problem: `--trace: ${trace.problem}` } : { ...prompts, trace }
}

function promptsIn({
  prompts: folder,
  cache,
}: WorkFlags): Pick<SweepSources, 'prompts'> | { problem: string } {
  if (folder === null) return {}
  const read = readPrompts(folder)
  if ('problem' in read) return { problem: `--prompts: ${read.problem}` }
  return cache?.cache === 'warm' && read.prompts.length > 1
    ? { problem: `--cache warm sends one prompt again and again, and these are ${read.prompts.length}` }
    : read
}
