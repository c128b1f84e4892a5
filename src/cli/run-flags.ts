import { z } from 'zod'
import { requestLimits } from '../core/request-limits.ts'
import { decimal, names, oneOf, text, whole, wholes, yes } from './flags.ts'

/** The help text of `run`. */
export const runHelp = `Benchmark every configured provider and record the results.

Usage: pnpm tsx scripts/run.ts [options]

What to call
  --provider NAME       only this provider; repeat, or separate several with commas
  --model ID            the exact model id, or else every model whose id contains it
  --runs N              calls per target and context tier, 1 to 1000 (default 1; by --mode 1, 3, 10, 3)
  --base-url URL        an OpenAI-compatible endpoint instead, with --model
  --api-key-env NAME    environment variable that holds the key for --base-url
  --name NAME           display name of the endpoint of --base-url
  --synthetic           the built-in synthetic provider instead; its results are labeled

What to ask
  --prompt TEXT         the prompt, or the name of one that is built in (docs/configuration.md) or in
                        firsttoken.yaml; --prompt-file FILE reads it from a file (1 MiB at most)
  --max-tokens N        output limit (default 512)
  --temperature X       0 to 2 (default 0.7)
  --timeout SECONDS     deadline of a whole call (default 120)
  --context-tiers LIST  sizes in tokens, such as 0,5000,50000: every target is called with a system
                        prompt of filler of each size (default 0: none)

How to run
  --mode MODE           single: one call; multi: calls in turn; concurrent: several at once, which is
                        load and no sample of the provider's usual speed; comparison: each target in
                        turn, round by round (default: single for one call, else multi)
  --concurrency N       calls in flight at once with --mode concurrent, 1 to 20 (default 5)
  --warmup              one call more per target and context tier, before the others, which is in no
                        statistic
  --scheduled           run for the schedule's current slot, once per slot: the targets that are due in it
  --seed N              reproduce the order and prompts of an earlier run with this seed
  --no-save             record nothing

What to print
  --json                one JSON document {run, results} on stdout, nothing else
  --out FILE            also write that document to a file; into a folder (one that exists, or a path
                        that ends with /) as a new file with the time in its name
  --quiet               errors only
  --verbose             log more
  --help                this text

Exit codes: 0 at least one probe succeeded (or the slot already has its run), 1 none did,
2 bad usage or configuration, 3 a result could be recorded neither in the database nor on disk, or
--out could not be written, 130 interrupted.
`

/** The flags of `run`. */
export const runFlags = z
  .object({
    provider: names,
    model: text,
    /** Null for the usual number of the mode. */
    runs: whole(1, 1000).nullable().default(null),
    prompt: text,
    promptFile: text,
    maxTokens: whole(1, 1_000_000).nullable().default(null),
    temperature: decimal(requestLimits.temperature.least, requestLimits.temperature.most)
      .nullable()
      .default(null),
    /** Deadline of a whole call, in seconds. */
    timeout: decimal(0.001, 3600).nullable().default(null),
    mode: oneOf(['single', 'multi', 'concurrent', 'comparison']).nullable().default(null),
    concurrency: whole(requestLimits.concurrency.least, requestLimits.concurrency.most)
      .nullable()
      .default(null),
    contextTiers: wholes(requestLimits.contextTiers).nullable().default(null),
    warmup: yes,
    baseUrl: text,
    apiKeyEnv: text,
    name: text,
    seed: whole(0, 2 ** 32 - 1)
      .nullable()
      .default(null),
    scheduled: yes,
    synthetic: yes,
    json: yes,
    out: text,
    noSave: yes,
    quiet: yes,
    verbose: yes,
  })
  .superRefine((flags, context) => {
    const problem = contradiction(flags)
    if (problem !== null) context.addIssue(problem)
  })

/** A valid command line of `run`. */
export type RunFlags = z.output<typeof runFlags>

/** A combination of flags that contradicts itself, and what to do instead. */
export type Rule = [broken: boolean, problem: string]

/** Flags that contradict each other, or null. */
function contradiction(flags: RunFlags): string | null {
  const rules: Rule[] = [
    ...callRules(flags),
    ...modeRules(flags),
    [flags.noSave && flags.scheduled, '--scheduled needs the database to know the slot: leave out --no-save'],
  ]
  return rules.find(([broken]) => broken)?.[1] ?? null
}

/** The flags that say whom to call and what to ask. */
type CallFlags = Pick<
  RunFlags,
  'prompt' | 'promptFile' | 'baseUrl' | 'model' | 'synthetic' | 'provider' | 'apiKeyEnv' | 'name'
>

/** Rules for whom to call and what to ask. */
export const callRules = (flags: CallFlags): Rule[] => [
  [flags.prompt !== null && flags.promptFile !== null, '--prompt and --prompt-file exclude each other'],
  [flags.baseUrl !== null && flags.model === null, '--base-url needs --model: the exact id of a model there'],
  [flags.baseUrl !== null && flags.synthetic, '--base-url and --synthetic exclude each other'],
  [
    flags.baseUrl !== null && flags.provider.length > 0,
    '--base-url and --provider exclude each other; --name names the endpoint',
  ],
  [
    flags.baseUrl === null && flags.apiKeyEnv !== null,
    '--api-key-env is for --base-url; other providers have key variables of their own',
  ],
  [flags.baseUrl === null && flags.name !== null, '--name is for --base-url'],
  [flags.synthetic && flags.provider.length > 0, '--synthetic and --provider exclude each other'],
]

const modeRules = ({ mode, concurrency, scheduled, warmup, runs, contextTiers }: RunFlags): Rule[] => [
  [
    concurrency !== null && mode !== 'concurrent',
    '--concurrency is for --mode concurrent: the other modes call a provider once at a time',
  ],
  [scheduled && mode !== null, '--scheduled and --mode exclude each other'],
  [scheduled && warmup, '--scheduled and --warmup exclude each other: a slot has only samples'],
  [mode === 'single' && warmup, '--warmup is not for --mode single: one call is all there is'],
  [
    mode === 'single' && (runs ?? 1) > 1,
    '--mode single is one call: leave out --runs, or choose --mode multi',
  ],
  [
    mode === 'single' && (contextTiers?.length ?? 1) > 1,
    '--mode single is one call: give one context tier, or choose --mode multi',
  ],
]
