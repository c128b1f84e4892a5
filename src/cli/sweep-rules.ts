import { brokenRules, type SweepField, type SweepWords } from '../jobs/sweep-rules.ts'
import { parseObjectives } from '../lab/goodput.ts'
import { askedIn } from './asked-sweep.ts'
import { callRules, type Rule } from './run-flags.ts'
import { kebab } from './parse-flags.ts'
import type { SweepFlags } from './sweep-flags.ts'

/** Markdown without a file. */
export const toStdout = '-'

/** The flags that a sweep is asked for with. */
const flagOf = {
  concurrency: 'concurrency',
  rates: 'rate',
  trace: 'trace',
  find: 'find',
  most: 'most',
  arrivals: 'poisson',
  slots: 'slots',
  total: 'total',
  duration: 'duration',
  think: 'think',
  thinkSpread: 'thinkSpread',
  slo: 'slo',
  cache: 'cache',
  outputs: 'outputTokens',
  promptCategory: 'promptCategory',
  maxTokens: 'maxTokens',
  contextTiers: 'contextTiers',
} as const satisfies Record<SweepField, keyof SweepFlags>

const typed = (flag: string): string => `--${kebab(flag)}`

const words: SweepWords = {
  ...(Object.fromEntries(Object.entries(flagOf).map(([field, flag]) => [field, typed(flag)])) as Record<
    SweepField,
    string
  >),
  loads: '--concurrency, --rate, --find, --trace, --smoke and --run',
  open: '--rate and --trace',
}

/** What is wrong with a command line of `sweep`, as a whole. */
export function rulesFor(flags: SweepFlags): Rule[] {
  const { run, smoke, slo } = flags
  const objectives = slo === null ? null : parseObjectives(slo)
  return [
    [run !== null && smoke, `give one of ${words.loads}`],
    ...smokeRules(flags),
    [
      objectives !== null && 'problem' in objectives,
      `--slo: ${objectives !== null && 'problem' in objectives ? objectives.problem : ''}`,
    ],
    [
      run !== null && isLoadAsked(flags),
      '--run reads a recorded sweep: of the others it takes --slo, --html, --markdown, --out, --json and --csv',
    ],
    ...(run === null && !smoke ? sweepRules(flags) : []),
    ...printRules(flags),
    // Its model may be LLM_MODEL.
    ...callRules({ ...flags, model: flags.model ?? '' }),
    ...fileRules(flags),
  ]
}

/** Rules for any sweep, whoever asks for it. */
const sweepRules = (flags: SweepFlags): Rule[] =>
  brokenRules(askedIn(flags), words).map(({ field, message }) => [
    true,
    field === null ? message : `${words[field]} ${message}`,
  ])

/** Rules for the flags that name files. */
function fileRules({ trace, speed, blockTokens, ...flags }: SweepFlags): Rule[] {
  const prompts = [flags.prompt, flags.promptFile, flags.prompts, flags.promptCategory]
  return [
    [
      prompts.filter((given) => given !== null).length > 1,
      'give one of --prompt, --prompt-file, --prompts and --prompt-category',
    ],
    [trace === null && speed !== null, '--speed is for --trace'],
    [trace === null && blockTokens !== null, '--block-tokens is for --trace'],
  ]
}

/** What one request has no use for, such as a limit that would not be kept. */
const ofLoad = [
  'concurrency',
  'rate',
  'trace',
  'find',
  'most',
  'poisson',
  'slots',
  'total',
  'duration',
  'think',
  'thinkSpread',
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
  const listed = useless.map(typed).join(', ')
  return [[flags.smoke && useless.length > 0, `--smoke is one request and no load: leave out ${listed}`]]
}

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
