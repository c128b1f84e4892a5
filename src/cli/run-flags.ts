import { z } from 'zod'
import { decimal, names, text, whole, yes } from './flags.ts'

/** The help text of `run`. */
export const runHelp = `Benchmark every configured provider and record the results.

Usage: pnpm tsx scripts/run.ts [options]

What to call
  --provider NAME       only this provider; repeat, or separate several with commas
  --model ID            the exact model id, or else every model whose id contains it
  --runs N              calls per target, 1 to 1000 (default 1)
  --base-url URL        an OpenAI-compatible endpoint instead, with --model
  --api-key-env NAME    environment variable that holds the key for --base-url
  --name NAME           display name of the endpoint of --base-url
  --synthetic           the built-in synthetic provider instead; its results are labeled

What to ask
  --prompt TEXT         the prompt; --prompt-file FILE reads it from a file (1 MiB at most)
  --max-tokens N        output limit (default 512)
  --temperature X       0 to 2 (default 0.7)
  --timeout SECONDS     deadline of a whole call (default 120)

How to run
  --scheduled           run for the schedule's current slot, once per slot
  --seed N              reproduce the order and prompts of an earlier run with this seed
  --no-save             record nothing

What to print
  --json                one JSON document {run, results} on stdout, nothing else
  --out FILE            also write that document to a file
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

/** Flags that contradict each other, or null. */
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
