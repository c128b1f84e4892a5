import type { OpenLoad } from '../core/plan.ts'
import type { NamedPrompt, Work } from '../core/work.ts'
import type { Sweep } from '../jobs/sweep.ts'
import { promptsOfCategory, readPrompts } from './read-prompts.ts'
import { readTrace } from './read-trace.ts'
import type { SweepFlags } from './sweep-flags.ts'

/** The flags that say what the requests of a sweep say. */
type WorkFlags = Pick<
  SweepFlags,
  'cache' | 'outputTokens' | 'promptCategory' | 'prompts' | 'trace' | 'speed' | 'blockTokens' | 'total'
>

/** What the requests of a sweep say; of a trace also when they are sent. */
export interface SweepWork {
  work: Omit<Work, 'seed'>
  replay?: { load: OpenLoad } & Required<Pick<Sweep, 'traced' | 'total'>>
}

/** Upstream's size of a block. */
const usualBlockTokens = 512

/** What the requests of a sweep say, by its flags and the files that they name, or what is wrong with these. */
export function workOf(flags: WorkFlags, slots: number): SweepWork | { problem: string } {
  const given = promptsOf(flags)
  if (given !== null && 'problem' in given) return { problem: `--prompts: ${given.problem}` }
  const { cache, outputTokens, trace: file, speed, blockTokens, total } = flags
  if (cache?.cache === 'warm' && given !== null && given.prompts.length > 1)
    return { problem: `--cache warm sends one prompt again and again, and these are ${given.prompts.length}` }
  const work = {
    cache: 'cold' as const,
    ...cache,
    ...(outputTokens && { outputs: outputTokens }),
    ...given,
  }
  if (file === null) return { work }
  const how = { total, speed: speed ?? 1, blockTokens: blockTokens ?? usualBlockTokens, slots }
  const trace = readTrace(file, how)
  if ('problem' in trace) return { problem: `--trace: ${trace.problem}` }
  const { about, traced, load } = trace
  return { work: { ...work, trace: about }, replay: { load, traced, total: traced.length } }
}

function promptsOf({
  promptCategory,
  prompts: folder,
}: WorkFlags): { prompts: NamedPrompt[] } | { problem: string } | null {
  if (folder !== null) return readPrompts(folder)
  return promptCategory === null ? null : { prompts: promptsOfCategory(promptCategory) }
}
