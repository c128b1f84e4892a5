import { parseObjectives } from '../lab/goodput.ts'
import { callRules, type Rule } from './run-flags.ts'
import { kebab } from './parse-flags.ts'
import type { SweepFlags } from './sweep-flags.ts'

/** Markdown without a file. */
export const toStdout = '-'

/** What is wrong with a command line of `sweep`, as a whole. */
export function rulesFor(flags: SweepFlags): Rule[] {
  const { rate, trace, run, poisson, slots, slo } = flags
  const objectives = slo === null ? null : parseObjectives(slo)
  return [
    ...smokeRules(flags),
    ...loadRules(flags),
    ...lengthRules(flags),
    [poisson && rate === null, '--poisson is for --rate: a closed loop has no arrivals'],
    [
      slots !== null && rate === null && trace === null,
      '--slots is for --rate and --trace: a closed loop has as many as its concurrency',
    ],
    ...printRules(flags),
    [
      objectives !== null && 'problem' in objectives,
      `--slo: ${objectives !== null && 'problem' in objectives ? objectives.problem : ''}`,
    ],
    [
      run !== null && isLoadAsked(flags),
      '--run reads a recorded sweep: of the others it takes --slo, --html, --markdown, --out, --json and --csv',
    ],
    // Its model may be LLM_MODEL.
    ...callRules({ ...flags, model: flags.model ?? '' }),
    ...workRules(flags),
  ]
}

/** Rules for what the requests say. */
function workRules(flags: SweepFlags): Rule[] {
  const { trace, speed, blockTokens, cache, contextTiers, maxTokens, outputTokens } = flags
  const prompts = [flags.prompt, flags.promptFile, flags.prompts, flags.promptCategory]
  const least = Math.min(...(contextTiers ?? [0]))
  const shared = cache?.sharedTokens ?? 0
  return [
    [
      prompts.filter((given) => given !== null).length > 1,
      'give one of --prompt, --prompt-file, --prompts and --prompt-category',
    ],
    [maxTokens !== null && outputTokens !== null, '--max-tokens and --output-tokens exclude each other'],
    [trace === null && speed !== null, '--speed is for --trace'],
    [trace === null && blockTokens !== null, '--block-tokens is for --trace'],
    [
      trace !== null && [cache, contextTiers, maxTokens, outputTokens].some((given) => given !== null),
      '--trace says how long prompts and answers are and what they share: leave out --cache, --context-tiers, --max-tokens and --output-tokens',
    ],
    [
      shared > least,
      `--cache shared=${shared} is a part of the context, and that of ${least} tokens has less: give --context-tiers of ${shared} at least`,
    ],
  ]
}

/** What one request has no use for, such as a limit that would not be kept. */
const ofLoad = [
  'find',
  'total',
  'duration',
  'maxCost',
  'maxErrors',
  'reuseConnections',
  'outputTokens',
  'cache',
  'prompts',
  'promptCategory',
] as const satisfies (keyof SweepFlags)[]

/** Rules for a single request. */
function smokeRules(flags: SweepFlags): Rule[] {
  const useless = ofLoad.filter((name) => flags[name] !== null && flags[name] !== false)
  const listed = useless.map((name) => `--${kebab(name)}`).join(', ')
  return [[flags.smoke && useless.length > 0, `--smoke is one request and no load: leave out ${listed}`]]
}

/** Rules for how levels are chosen. */
function loadRules({ concurrency, rate, trace, run, smoke, find, most, slo }: SweepFlags): Rule[] {
  const n = [concurrency, rate, trace, run, smoke || null].filter((given) => given !== null).length
  const isList = Array.isArray(concurrency) || Array.isArray(rate)
  const isSought = find !== null
  return [
    [
      n > 1 || (n === 0 && !isSought),
      'give one of --concurrency, --rate, --find, --trace, --smoke and --run',
    ],
    [
      isSought && isList,
      '--find chooses the levels: leave --concurrency out, or say --concurrency auto or --rate auto',
    ],
    [isSought && slo === null, '--find needs --slo: what a good request keeps'],
    [isSought && trace !== null, '--find chooses the levels, and a trace has its own: leave one of them out'],
    [rate === 'auto' && !isSought, '--rate auto needs --find: an open loop never sends more by itself'],
    [
      most !== null && !isSought && concurrency !== 'auto',
      '--most is for --concurrency auto and --find: a list says where it ends',
    ],
  ]
}

/** Rules for how long levels last, and for pauses in them. */
const lengthRules = ({ rate, trace, total, duration, think, thinkSpread }: SweepFlags): Rule[] => [
  [
    trace !== null && duration !== null,
    '--duration is not for --trace, which ends with its last request: take --total',
  ],
  [total !== null && duration !== null, '--total and --duration exclude each other'],
  [
    think !== null && (rate !== null || trace !== null),
    '--think is for --concurrency: an open loop waits for nobody',
  ],
  [thinkSpread !== null && think === null, '--think-spread needs --think: the mean'],
]

/** Rules for what is printed and written. */
const printRules = ({ smoke, json, csv, html, markdown, out, slo }: SweepFlags): Rule[] => [
  [
    [json, csv, markdown === toStdout].filter(Boolean).length > 1,
    '--json, --csv and --markdown without a file exclude each other',
  ],
  [
    smoke && (csv || html !== null || markdown !== null || out !== null || slo !== null),
    '--smoke is one request and has no report: leave out --csv, --html, --markdown, --out and --slo',
  ],
]

/** What a report of a recorded sweep takes. */
const ofReport = new Set([
  'run',
  'slo',
  'html',
  'markdown',
  'out',
  'noFiles',
  'json',
  'csv',
  'quiet',
  'verbose',
])

/** Whether flags say how to make a sweep. */
const isLoadAsked = (flags: SweepFlags): boolean =>
  Object.entries(flags).some(
    ([name, value]) =>
      !ofReport.has(name) &&
      value !== null &&
      value !== false &&
      !(Array.isArray(value) && value.length === 0),
  )
