import { z } from 'zod'
import { everyPattern, everyProblem, toMinutes } from '../core/every.ts'
import { type SloChange, slo } from '../core/objective.ts'
import { mostLimitMs, type TargetLimits, type TargetParameters } from '../core/plan.ts'
import { type Price, priceOf } from '../core/price.ts'
import type { Store } from '../store/store.ts'
import type { App } from '../jobs/app.ts'
import { names, words, yes } from './flags.ts'
import { kebab } from './parse-flags.ts'

/** The help text of `models`. */
export const modelsHelp = `Show models, and choose which of them every run calls.

Usage: pnpm tsx scripts/models.ts list [--provider NAME] [--all] [--json]
       pnpm tsx scripts/models.ts activate PROVIDER MODEL [target options]
       pnpm tsx scripts/models.ts deactivate PROVIDER MODEL [target options]
       pnpm tsx scripts/models.ts add PROVIDER MODEL [target options]
       pnpm tsx scripts/models.ts limit PROVIDER MODEL [--ttft-ms N] [--latency-ms N] [target options]
       pnpm tsx scripts/models.ts slo PROVIDER MODEL [--availability X] [--ttft TIME@X] [--latency TIME@X] [--days N] [target options]
       pnpm tsx scripts/models.ts interval PROVIDER MODEL --every TIME [target options]
       pnpm tsx scripts/models.ts price PROVIDER MODEL --input X --output X [--cached X] [--cache-write X] [--reasoning-tokens X]
       pnpm tsx scripts/models.ts price PROVIDER MODEL --auto

  list                  chat models with their prices and targets; --all includes delisted and other models
  activate, deactivate  turn targets of a known model on or off: all of them, or the one that the options select
  add                   another target, even of a model that no provider lists; --every TIME as for interval
  limit                 what is too slow, whatever is usual: three samples in a row above it open an incident;
                        --ttft-ms to the first token, --latency-ms for the whole answer; none takes it away
  slo                   what is good enough: --availability 0.99 of the checks must not fail, --ttft 800ms@0.95 and
                        --latency 5s@0.95 of the samples must take that long at most, each in --days (7 to 90, 30 unless
                        said); none takes one away
  interval              how far apart its scheduled calls are at least: --every 15m, 1h, 6h or 1d, a day at most; none:
                        in every slot of the schedule, as without
  price                 your own price in USD per million tokens, which no sync overwrites; --auto removes it

Target options: each combination is its own series
  --reasoning LEVEL     least (off, or as low as the model allows) or default
  --pin HOST            the host that a router (OpenRouter) must use
  --max-tokens N        output limit of this target
  --region NAME         call it from this region only

  --json                one JSON document on stdout, nothing else
  --help                this text

Exit codes: 0 done, 2 bad usage or configuration, 3 the database could not be reached.
`

const commands = ['list', 'activate', 'deactivate', 'add', 'limit', 'slo', 'interval', 'price'] as const

const targetFlags = ['reasoning', 'pin', 'maxTokens', 'region']
const limitFlags = ['ttftMs', 'latencyMs']
const sloFlags = ['availability', 'ttft', 'latency', 'days']
const priceFlags = ['input', 'output', 'cached', 'cacheWrite', 'reasoningTokens', 'auto']
/** The flags that each subcommand accepts, besides --json. */
const flagsOf: Readonly<Record<(typeof commands)[number], readonly string[]>> = {
  list: ['provider', 'all'],
  activate: targetFlags,
  deactivate: targetFlags,
  add: [...targetFlags, 'every'],
  limit: [...targetFlags, ...limitFlags],
  slo: [...targetFlags, ...sloFlags],
  interval: [...targetFlags, 'every'],
  price: priceFlags,
}

const usd = z
  .string()
  .regex(/^\d+(\.\d+)?$/, 'must be USD per million tokens, such as 0.15')
  .transform(Number)
  .refine(Number.isFinite, 'is more than a number can hold')
  .optional()
const limit = z
  .string()
  .regex(/^none$|^[1-9]\d{0,6}$/, 'must be a whole number of ms, or none')
  .transform((text) => (text === 'none' ? null : Number(text)))
  .refine((ms) => ms === null || ms <= mostLimitMs, `must be ${mostLimitMs} at most, an hour`)
  .optional()

/** What `none` takes away, or a part of the objectives of a target as it is read. */
const noneOr = <Value>(read: z.ZodType<Value>, parse: (text: string) => unknown, error: string) =>
  z
    .string()
    .transform((text, context): Value | null => {
      const parsed = text === 'none' ? null : read.safeParse(parse(text))
      if (parsed === null) return null
      if (parsed.success) return parsed.data
      context.addIssue(error)
      return z.NEVER
    })
    .optional()

/** `800ms@0.95` or `1.5s@0.95`: a time and a share. */
function timingOf(text: string): unknown {
  const [, time, unit, share] = /^(\d+(?:\.\d+)?)(ms|s)@(\d*\.\d+)$/.exec(text) ?? []
  return {
    within_ms: Number((Number(time) * (unit === 's' ? 1000 : 1)).toPrecision(12)),
    share: Number(share),
  }
}
const part = slo.shape
const timing = (name: 'ttft' | 'latency') =>
  noneOr(
    part[name].unwrap(),
    timingOf,
    'must be a time and the share of the samples that take that long at most, such as 800ms@0.95 or 5s@0.95 (above 0.5 and below 1), or none',
  )

const every = z
  .string()
  .refine((text) => text === 'none' || everyPattern.test(text), `${everyProblem}, or none`)
  .transform((text) => (text === 'none' ? null : toMinutes(text)))
  .optional()

const filled = z.string().trim().min(1, 'must not be empty').optional()

/** The flags of `models`. */
export const modelsFlags = z
  .object({
    words: words.transform((given) => given.map((word) => word.trim())),
    json: yes,
    reasoning: z.enum(['least', 'default'], { error: 'must be least or default' }).optional(),
    pin: filled,
    maxTokens: z
      .string()
      .regex(/^[1-9]\d{0,6}$/, 'must be a whole number from 1 on')
      .transform(Number)
      .optional(),
    region: filled,
    ttftMs: limit,
    latencyMs: limit,
    availability: noneOr(
      part.availability.unwrap(),
      Number,
      'must be the share of the checks that must not fail, such as 0.99 (above 0.5 and below 1), or none',
    ),
    ttft: timing('ttft'),
    latency: timing('latency'),
    days: noneOr(part.days.unwrap(), Number, 'must be from 7 to 90, or none for 30'),
    every,
    input: usd,
    output: usd,
    cached: usd,
    cacheWrite: usd,
    reasoningTokens: usd,
    auto: yes,
    provider: names,
    all: yes,
  })
  .superRefine((flags, context) => {
    const problem = contradiction(flags)
    if (problem !== null) context.addIssue(problem)
  })
type Flags = z.output<typeof modelsFlags>

/** A valid command line of `models`. */
export interface ModelsRequest {
  command: (typeof commands)[number]
  /** Provider and model. */
  positional: string[]
  provider: string[]
  all: boolean
  /** Null if no flag names one. */
  target: TargetParameters | null
  region: string | null
  /** Those that a flag names. */
  limits: Partial<TargetLimits>
  slo: SloChange
  /** In minutes; null for every slot. */
  everyMinutes?: number | null
  /** Null with --auto. */
  price: Price | null
}

/** The request of validated flags. */
export const modelsRequest = (flags: Flags): ModelsRequest => ({
  command: commandOf(flags) ?? 'list',
  positional: flags.words.slice(1),
  provider: flags.provider,
  all: flags.all,
  target: targetOf(flags),
  region: flags.region ?? null,
  limits: {
    ...(flags.ttftMs !== undefined && { ttftMs: flags.ttftMs }),
    ...(flags.latencyMs !== undefined && { latencyMs: flags.latencyMs }),
  },
  slo: sloOf(flags),
  ...(flags.every !== undefined && { everyMinutes: flags.every }),
  price: flags.auto ? null : ownPrice(flags),
})

const sloOf = ({ availability, ttft, latency, days }: Flags): SloChange => ({
  ...(availability !== undefined && { availability }),
  ...(ttft !== undefined && { ttft }),
  ...(latency !== undefined && { latency }),
  ...(days !== undefined && { days }),
})

const commandOf = ({ words: [name = 'list'] }: Flags) => commands.find((each) => each === name) ?? null

/** The flags that are set. */
const givenIn = (flags: Flags): string[] =>
  Object.entries(flags)
    .filter(
      ([, value]) => value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0),
    )
    .map(([flag]) => flag)

/** What a subcommand lacks. */
const missing: Partial<Record<(typeof commands)[number], (flags: Flags) => string | null>> = {
  limit: ({ ttftMs, latencyMs }) =>
    ttftMs === undefined && latencyMs === undefined ? 'limit needs --ttft-ms or --latency-ms' : null,
  slo: (flags) =>
    Object.keys(sloOf(flags)).length === 0 ? 'slo needs --availability, --ttft, --latency or --days' : null,
  interval: ({ every: given }) => (given === undefined ? 'interval needs --every' : null),
  price: ({ input, output, auto }) =>
    (input !== undefined && output !== undefined) === auto
      ? 'price needs --input and --output, or --auto'
      : null,
}

function contradiction(flags: Flags): string | null {
  const [name = 'list', ...positional] = flags.words
  const command = commandOf(flags)
  if (command === null) return `there is no command ${name}: ${commands.join(', ')}`
  const known = ['words', 'json', ...flagsOf[command]]
  const foreign = givenIn(flags).find((flag) => !known.includes(flag))
  if (foreign !== undefined) return `--${kebab(foreign)} is not for ${command}`
  const wanted = command === 'list' ? 0 : 2
  if (positional.length !== wanted)
    return wanted === 0
      ? 'list takes no names; --provider NAME narrows it'
      : `${command} needs a provider and a model`
  if (positional.includes('')) return 'the names of provider and model must not be empty'
  return missing[command]?.(flags) ?? null
}

function targetOf({ reasoning, pin, maxTokens }: Flags): TargetParameters | null {
  if (reasoning === undefined && pin === undefined && maxTokens === undefined) return null
  return {
    reasoning: reasoning ?? 'least',
    ...(pin !== undefined && { pin }),
    ...(maxTokens !== undefined && { maxTokens }),
  }
}

const ownPrice = ({ input, output, cached, cacheWrite, reasoningTokens }: Flags): Price =>
  priceOf({
    inputPerM: input ?? 0,
    outputPerM: output ?? 0,
    cachedPerM: cached ?? null,
    cacheWritePerM: cacheWrite ?? null,
    reasoningPerM: reasoningTokens ?? null,
    source: 'manual',
  })

/** The output of a subcommand, or why it failed. */
type Done = { document: unknown; text: string } | { problem: string }

/** A subcommand of `models`, run on an open store. */
export type Subcommand = (request: ModelsRequest, parts: { store: Store; app: App }) => Promise<Done>
