import { counted } from '../core/text.ts'
import type { Level } from '../core/plan.ts'
import type { OutputLengths, TraceAbout, Work } from '../core/work.ts'
import type { Sizes } from '../lab/sizes.ts'
import { printable } from './format.ts'

/** What the requests of a sweep say, as JSON documents have it: without the texts of prompts. */
export const withoutTexts = ({ prompts, ...work }: Work) => ({
  ...work,
  ...(prompts && { prompts: prompts.map(({ name, hash }) => ({ name, hash })) }),
})

/** What the requests of a sweep say, a line each; none if it is one prompt with a beginning of its own each. */
export const workNotes = ({ cache, sharedTokens, outputs, prompts, trace }: Work): string[] => [
  ...(trace ? [traceText(trace)] : []),
  ...(cache === 'warm' ? ['Cache warm: all requests of a level say the same.'] : []),
  ...(cache === 'shared' ? [`Cache shared: every context begins with the same ${sharedTokens} tokens.`] : []),
  ...(outputs ? [`Output limits: ${limitsText(outputs)} tokens. A model may end before.`] : []),
  ...(prompts ? [`Prompts in turn: ${printable(prompts.map(({ name }) => name).join(', '))}.`] : []),
]

const limitsText = (outputs: OutputLengths): string =>
  'list' in outputs ? outputs.list.join(', ') : `${outputs.least} to ${outputs.most}`

const traceText = ({
  name,
  format,
  hash,
  requests,
  failed,
  speed,
  blockTokens,
  peakRate,
}: TraceAbout): string =>
  [
    `Trace ${printable(name)} (${format}, sha256 ${hash.slice(0, 12)}): ${counted(requests, 'request')}`,
    ...(failed > 0 ? [`${failed} left out that had failed`] : []),
    `at ${speed} times its speed, at most ${peakRate} within a second`,
    `blocks of ${blockTokens} tokens.`,
  ].join(', ')

/** How long what a level asked and got was, or null if nothing but its prompt says so. */
export function sizesText({ load }: Pick<Level, 'load'>, sizes: Sizes): string | null {
  const { asked, counted: ours, billed, cached, outputLimit, output } = sizes
  if (asked === null && cached === null) return null
  // The size in a trace is that of the whole prompt, any other that of the context alone.
  const isWhole = 'rate' in load && load.arrivals === 'trace'
  const input = [
    ...(asked === null ? [] : [`${isWhole ? 'asked' : 'context asked'} ${asked}`]),
    ...(ours === null ? [] : [`counted ${ours}${offBy(ours, asked)}`]),
    ...(billed === null ? [] : [`billed ${billed}${isWhole ? offBy(billed, asked) : ''}`]),
    ...(cached === null ? [] : [`cached ${cached}${shareOf(cached, billed)}`]),
  ]
  const answers =
    output === null || outputLimit === null ? '' : `; output: limits ${outputLimit}, got ${output}`
  return `input tokens: ${input.join(', ')}${answers}`
}

const offBy = (size: number, asked: number | null): string => {
  if (asked === null || asked === 0) return ''
  const off = (100 * (size / asked - 1)).toFixed(1)
  return ` (${off.startsWith('-') ? off : `+${off}`} %)`
}

const shareOf = (part: number, all: number | null): string =>
  all === null || all === 0 ? '' : ` (${((100 * part) / all).toFixed(0)} % of billed)`
