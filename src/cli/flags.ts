import { parseArgs } from 'node:util'
import { z } from 'zod'
import { messageOf } from '../core/error.ts'

/** The help text of `run`. */
export const runHelp = `Benchmark every configured provider and record the results.

Usage: pnpm tsx scripts/run.ts [options]

What to call
  --provider NAME       only this provider; repeat or separate by commas for several
  --model ID            the exact model id, else every model whose id contains it
  --runs N              calls per target, 1 to 1000 (default 1)
  --base-url URL        any OpenAI-compatible endpoint instead, with --model
  --api-key-env NAME    the environment variable that holds the key for --base-url
  --name NAME           what to call the endpoint of --base-url
  --synthetic           the built-in synthetic provider instead; its results are labelled

What to ask
  --prompt TEXT         the prompt; --prompt-file FILE reads it from a file
  --max-tokens N        output limit (default 512)
  --temperature X       0 to 2 (default 0.7)
  --timeout SECONDS     deadline of a whole call (default 120)

How to run
  --scheduled           run for the schedule's current slot, at most once per slot
  --seed N              repeat the order and prompts of an earlier run with this seed
  --no-save             record nothing

What to print
  --json                one JSON document {run, results} on stdout, nothing else
  --out FILE            write that document to a file as well
  --quiet               errors only
  --verbose             log more
  --help                this text

Exit codes: 0 at least one probe succeeded (or the slot has its run already), 1 none did,
2 bad usage or configuration, 3 a result could be recorded neither in the database nor on disk, 130 interrupted.
`

const options = {
  provider: { type: 'string', multiple: true },
  model: { type: 'string' },
  runs: { type: 'string' },
  prompt: { type: 'string' },
  'prompt-file': { type: 'string' },
  'max-tokens': { type: 'string' },
  temperature: { type: 'string' },
  timeout: { type: 'string' },
  'base-url': { type: 'string' },
  'api-key-env': { type: 'string' },
  name: { type: 'string' },
  seed: { type: 'string' },
  scheduled: { type: 'boolean' },
  synthetic: { type: 'boolean' },
  json: { type: 'boolean' },
  out: { type: 'string' },
  'no-save': { type: 'boolean' },
  quiet: { type: 'boolean' },
  verbose: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

const whole = (least: number, most: number) =>
  z.string().regex(/^\d+$/, 'must be a whole number').transform(Number).pipe(z.number().min(least).max(most))
const decimal = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d+(\.\d+)?$/, 'must be a number')
    .transform(Number)
    .pipe(z.number().min(least).max(most))
const text = z.string().min(1, 'must not be empty').nullable().default(null)
const flag = z.boolean().default(false)
const schema = z.object({
  provider: z
    .array(z.string())
    .default([])
    .transform((given) => namesIn(given)),
  model: text,
  runs: whole(1, 1000).default(1),
  prompt: text,
  promptFile: text,
  maxTokens: whole(1, 1_000_000).nullable().default(null),
  temperature: decimal(0, 2).nullable().default(null),
  /** Deadline of a whole call, in seconds. */
  timeout: decimal(0.001, 3600).nullable().default(null),
  baseUrl: text,
  apiKeyEnv: text,
  name: text,
  seed: whole(0, 2 ** 32 - 1)
    .nullable()
    .default(null),
  scheduled: flag,
  synthetic: flag,
  json: flag,
  out: text,
  noSave: flag,
  quiet: flag,
  verbose: flag,
  help: flag,
})

/** The names in the values of a flag that may be repeated, or hold several separated by commas. */
export const namesIn = (given: readonly string[]): string[] =>
  given
    .flatMap((names) => names.split(','))
    .map((name) => name.trim())
    .filter(Boolean)

/** What was asked on the command line of `run`. */
export type RunFlags = z.infer<typeof schema>

const camel = (name: string): string => name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
const kebab = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)

/** Reads the command line; one line that says what is wrong with it otherwise. */
export function readRunFlags(argv: string[]): RunFlags | { problem: string } {
  let values: Record<string, unknown>
  try {
    values = parseArgs({ args: argv, options, strict: true, allowPositionals: false }).values
  } catch (error) {
    return { problem: messageOf(error).split('. ')[0] ?? '' }
  }
  const parsed = schema.safeParse(
    Object.fromEntries(Object.entries(values).map(([name, value]) => [camel(name), value])),
  )
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    return { problem: `--${kebab(String(issue?.path[0]))}: ${issue?.message ?? 'cannot be used'}` }
  }
  const problem = contradiction(parsed.data)
  return problem === null ? parsed.data : { problem }
}

/** Flags that cannot be meant together. */
function contradiction(flags: RunFlags): string | null {
  const rules: [boolean, string][] = [
    [flags.prompt !== null && flags.promptFile !== null, '--prompt and --prompt-file exclude each other'],
    [
      flags.baseUrl !== null && flags.model === null,
      '--base-url needs --model: the exact id of a model there',
    ],
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
    [flags.noSave && flags.scheduled, '--scheduled needs the database to know the slot: leave out --no-save'],
  ]
  return rules.find(([broken]) => broken)?.[1] ?? null
}
