import { parseArgs } from 'node:util'
import { z } from 'zod'
import { messageOf } from '../core/error.ts'
import type { TargetParameters } from '../core/plan.ts'
import { type Price, priceOf } from '../core/price.ts'
import { namesIn } from './flags.ts'

/** The help text of `models`. */
export const modelsHelp = `Show models, and choose which of them every run calls.

Usage: pnpm tsx scripts/models.ts list [--provider NAME] [--all] [--json]
       pnpm tsx scripts/models.ts activate PROVIDER MODEL [target options]
       pnpm tsx scripts/models.ts deactivate PROVIDER MODEL [target options]
       pnpm tsx scripts/models.ts add PROVIDER MODEL [target options]
       pnpm tsx scripts/models.ts price PROVIDER MODEL --input X --output X [--cached X] [--cache-write X] [--reasoning-tokens X]
       pnpm tsx scripts/models.ts price PROVIDER MODEL --auto

  list                  chat models with their prices and targets; --all also those that left or do not chat
  activate, deactivate  switch targets of a known model on or off: all of them, or the one that the options name
  add                   a target more, also of a model that no listing has
  price                 your own price in USD per million tokens, which no sync replaces; --auto ends it

Target options, which make a series of its own
  --reasoning LEVEL     least (off, or as low as it goes) or default
  --pin HOST            the host that a router must use (OpenRouter)
  --max-tokens N        output limit of this target alone
  --region NAME         only called from this region

  --json                one JSON document on stdout, nothing else
  --help                this text

Exit codes: 0 done, 2 bad usage or configuration, 3 the database could not be reached.
`

const commands = ['list', 'activate', 'deactivate', 'add', 'price'] as const

/** What was asked on the command line of `models`. */
export interface ModelsFlags {
  command: (typeof commands)[number]
  /** Provider and model. */
  positional: string[]
  provider: string[]
  all: boolean
  json: boolean
  help: boolean
  /** Null where no option names one. */
  target: TargetParameters | null
  region: string | null
  /** Null with --auto. */
  price: Price | null
}

const text = { type: 'string' } as const
const yes = { type: 'boolean', default: false } as const
const options = {
  provider: { type: 'string', multiple: true },
  all: yes,
  json: yes,
  help: { ...yes, short: 'h' },
  reasoning: text,
  pin: text,
  'max-tokens': text,
  region: text,
  input: text,
  output: text,
  cached: text,
  'cache-write': text,
  'reasoning-tokens': text,
  auto: yes,
} as const

const usd = z
  .string()
  .regex(/^\d+(\.\d+)?$/, 'must be USD per million tokens, such as 0.15')
  .transform(Number)
  .refine(Number.isFinite, 'is more than a number can hold')
  .optional()
const filled = z.string().trim().min(1, 'must not be empty').optional()
const schema = z.object({
  reasoning: z.enum(['least', 'default'], { error: 'must be least or default' }).optional(),
  pin: filled,
  'max-tokens': z
    .string()
    .regex(/^[1-9]\d{0,6}$/, 'must be a whole number from 1 on')
    .transform(Number)
    .optional(),
  region: filled,
  input: usd,
  output: usd,
  cached: usd,
  'cache-write': usd,
  'reasoning-tokens': usd,
})
type Values = z.infer<typeof schema>

const targetOptions = ['reasoning', 'pin', 'max-tokens', 'region']
/** What each command heeds, beside --json and --help. */
const optionsOf: Readonly<Record<ModelsFlags['command'], readonly string[]>> = {
  list: ['provider', 'all'],
  activate: targetOptions,
  deactivate: targetOptions,
  add: targetOptions,
  price: ['input', 'output', 'cached', 'cache-write', 'reasoning-tokens', 'auto'],
}

/** Reads the command line; one line that says what is wrong with it otherwise. */
export function readModelsFlags(argv: string[]): ModelsFlags | { problem: string } {
  try {
    const { values, positionals } = parseArgs({ args: argv, options, allowPositionals: true })
    const [name = 'list', ...positional] = positionals.map((each) => each.trim())
    const command = commands.find((each) => each === name)
    if (command === undefined) return { problem: `there is no command ${name}: ${commands.join(', ')}` }
    const parsed = schema.safeParse(values)
    if (!parsed.success) return { problem: problemOf(parsed.error) }
    const { all, json, help, auto, provider = [] } = values
    const problem = help ? null : contradiction(command, positional, values)
    if (problem !== null) return { problem }
    const asked = { command, positional, provider: namesIn(provider), all, json, help }
    const { region = null } = parsed.data
    return { ...asked, target: targetOf(parsed.data), region, price: auto ? null : ownPrice(parsed.data) }
  } catch (error) {
    return { problem: messageOf(error).split('. ')[0] ?? '' }
  }
}

function problemOf({ issues: [issue] }: z.ZodError): string {
  return `--${String(issue?.path[0])} ${issue?.message ?? 'cannot be used'}`
}

function contradiction(
  command: ModelsFlags['command'],
  positional: readonly string[],
  given: Readonly<Record<string, unknown>>,
): string | null {
  const heeded = [...optionsOf[command], 'json', 'help']
  const foreign = Object.entries(given).find(([name, value]) => value !== false && !heeded.includes(name))
  if (foreign !== undefined) return `--${foreign[0]} is not for ${command}`
  const wanted = command === 'list' ? 0 : 2
  if (positional.length !== wanted)
    return wanted === 0
      ? 'list takes no names; --provider NAME narrows it'
      : `${command} needs a provider and a model`
  if (positional.includes('')) return 'the names of provider and model must not be empty'
  if (command !== 'price') return null
  const hasRates = given['input'] !== undefined && given['output'] !== undefined
  return hasRates === given['auto'] ? 'price needs --input and --output, or --auto' : null
}

function targetOf({ reasoning, pin, 'max-tokens': maxTokens }: Values): TargetParameters | null {
  if (reasoning === undefined && pin === undefined && maxTokens === undefined) return null
  return {
    reasoning: reasoning ?? 'least',
    ...(pin !== undefined && { pin }),
    ...(maxTokens !== undefined && { maxTokens }),
  }
}

const ownPrice = (values: Values): Price =>
  priceOf({
    inputPerM: values.input ?? 0,
    outputPerM: values.output ?? 0,
    cachedPerM: values.cached ?? null,
    cacheWritePerM: values['cache-write'] ?? null,
    reasoningPerM: values['reasoning-tokens'] ?? null,
    source: 'manual',
  })
