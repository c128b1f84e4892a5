import { asObject } from '../core/json.ts'
import { soundUsd } from '../core/price.ts'
import type { Usage } from '../core/usage.ts'
import { usageHomes, type UsageMeaning } from './usage-homes.ts'

type Fields = Record<string, unknown>

/**
 * Reads the usage object of any dialect, by the rules in usage-homes.ts. `input` includes the cache, `output`
 * reasoning, wherever the provider counts them; a count that its fields contradict is null.
 */
export function readUsage(usage: Fields): Usage {
  const named = namedIn(usage)
  const { hidden, ...counts } = countsOf(named)
  const input = countOf(counts.input)
  const output = countOf(counts.output)
  const reasoning = hidden > 0 ? hidden : named.reasoning
  const cached = atMost(named.cached, input)
  return {
    input,
    output,
    reasoning: atMost(reasoning, output),
    cached,
    cacheWrite: atMost(named.cacheWrite, input === null ? null : input - (cached ?? 0)),
    source: output === null ? null : 'usage',
    costUsd: chargeIn(usage),
  }
}

const atMost = (count: number | null, limit: number | null): number | null =>
  count === null || limit === null ? count : Math.min(count, limit)

/** How far a count of this size may be off, in tokens. Seen: 1 and 2, in thousands. */
const slackOf = (count: number): number => Math.min(3, Math.floor(count / 20))

/** The counts as a usage object names them, by whatever names. */
interface Named {
  input: number | null
  output: number | null
  total: number | null
  reasoning: number | null
  cached: number | null
  cacheWrite: number | null
  toolInput: number
  media: number[]
  /** Whether the names are of those that count the cache beside the input. */
  cacheApart: boolean
}

/** The names of Anthropic and Bedrock. */
const besideInput = new Set<string | undefined>([
  'input_tokens',
  'cache_read_input_tokens',
  'cache_creation_input_tokens',
  'inputTokens',
  'cacheReadInputTokens',
  'cacheWriteInputTokens',
])

function namedIn(usage: Fields): Named {
  const [input, cached, cacheWrite] = (['input', 'cached', 'cacheWrite'] as const).map((meaning) =>
    first(usage, meaning),
  )
  const named = {
    input: countOf(input?.count),
    output: numberIn(usage, 'output'),
    total: numberIn(usage, 'total'),
    reasoning: numberIn(usage, 'reasoning'),
    cached: countOf(cached?.count),
    cacheWrite: countOf(cacheWrite?.count),
    toolInput: numberIn(usage, 'toolInput') ?? 0,
    media: all(usage, 'media').map(({ count }) => count),
  }
  const apart =
    besideInput.has(input?.field) && [cached, cacheWrite].some((each) => besideInput.has(each?.field))
  return { ...named, output: named.output ?? impliedOutput(named), cacheApart: apart }
}

/** Gemini leaves a completion of zero out. */
function impliedOutput({
  input,
  total,
  reasoning,
}: Pick<Named, 'input' | 'total' | 'reasoning'>): number | null {
  if (input === null || total === null || reasoning === null) return null
  return Math.abs(total - input - reasoning) <= slackOf(total) ? 0 : null
}

const paths = usageHomes.map(({ field, meaning }) => ({ field, meaning, steps: field.split('.') }))

const valueAt = (usage: Fields, [outer = '', inner]: readonly string[]): unknown =>
  inner === undefined ? usage[outer] : asObject(usage[outer])?.[inner]

const pathsOf = Map.groupBy(paths, ({ meaning }) => meaning)

/** All counts with this meaning that are given, in the order of their homes. */
const all = (usage: Fields, meaning: UsageMeaning): { field: string; count: number }[] =>
  (pathsOf.get(meaning) ?? []).flatMap(({ field, steps }) => {
    const count = countOf(valueAt(usage, steps))
    return count === null ? [] : [{ field, count }]
  })

function first(usage: Fields, meaning: UsageMeaning): { field: string; count: number } | undefined {
  const given = all(usage, meaning)
  return given.find(({ count }) => count > 0) ?? given[0]
}

const numberIn = (usage: Fields, meaning: UsageMeaning): number | null => first(usage, meaning)?.count ?? null

/**
 * A valid number of tokens that the database can store, so that rederiving gives the same values. Protobuf
 * writes 64 bits as text.
 */
function countOf(value: unknown): number | null {
  const count = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value
  return typeof count === 'number' && Number.isInteger(count) && count >= 0 && count < 2 ** 31 ? count : null
}

interface Counts {
  input: number | null
  output: number | null
  /** Reasoning that only the total shows. */
  hidden: number
}

function countsOf(named: Named): Counts {
  const { input, output, total } = named
  if (input === null || output === null) return bySize(named)
  const slack = slackOf(total ?? 0)
  const beyond = (total ?? -Infinity) - input - output
  if (beyond < -slack) return bySize(named)
  const explained = readingsOf(named, { input, output })
    .map((reading) => ({ ...reading, off: Math.abs(beyond - reading.counted) }))
    .filter(({ off }) => off <= slack)
    .toSorted((a, b) => Number(b.whole) - Number(a.whole) || a.off - b.off)
  const [best] = explained
  if (best === undefined) return unexplained(named, { input, beyond })
  const rivals = explained.filter(({ whole }) => whole === best.whole)
  const agreed = (side: 'input' | 'output'): number | null =>
    rivals.every((each) => Math.abs((each[side] ?? NaN) - (best[side] ?? NaN)) <= slack) ? best[side] : null
  return { input: agreed('input'), output: agreed('output'), hidden: 0 }
}

/** What the total counts beside prompt and completion, and what input and output are then. */
interface Reading {
  counted: number
  /** Whether what the total does not count beside them fits inside. */
  whole: boolean
  input: number | null
  output: number
}

interface Part {
  tokens: number
  side: 'cache' | 'tools' | 'media' | 'output'
}

/** The named parts; of two that explain a total equally well, the first is preferred. */
function partsOf({ cached, cacheWrite, toolInput, media, reasoning }: Named): Part[] {
  const parts: Part[] = [
    { tokens: cached ?? 0, side: 'cache' },
    { tokens: cacheWrite ?? 0, side: 'cache' },
    { tokens: toolInput, side: 'tools' },
    ...media.map((tokens): Part => ({ tokens, side: 'media' })),
    { tokens: reasoning ?? 0, side: 'output' },
  ]
  return parts.filter(({ tokens }) => tokens > 0)
}

const subsetsOf = <Item>(items: readonly Item[]): Item[][] =>
  items.reduce<Item[][]>((sets, item) => [...sets, ...sets.map((set) => [...set, item])], [[]])

const sum = (parts: readonly Part[], ...sides: Part['side'][]): number =>
  parts.filter(({ side }) => sides.includes(side)).reduce((total, { tokens }) => total + tokens, 0)

/** A reading for every choice of the parts that the total counts beside prompt and completion. */
function readingsOf(named: Named, { input, output }: { input: number; output: number }): Reading[] {
  const cache = (named.cached ?? 0) + (named.cacheWrite ?? 0)
  return subsetsOf(partsOf(named)).map((beside) => {
    const apart = sum(beside, 'output')
    const left = (named.reasoning ?? 0) - apart
    const thoughtsFit = left <= output + slackOf(output) || left < 2 * output
    const cacheFits = cache - sum(beside, 'cache') <= input
    return {
      counted: sum(beside, 'cache', 'tools', 'media', 'output'),
      whole: thoughtsFit && cacheFits,
      input: cacheFits ? input + sum(beside, 'cache', 'tools') : null,
      output: output + apart + (thoughtsFit ? 0 : left),
    }
  })
}

/** Without a total: what is larger than the count that should hold it stands beside it. */
function bySize({ input, output, reasoning, cached, cacheWrite, toolInput, cacheApart }: Named): Counts {
  const cache = (cached ?? 0) + (cacheWrite ?? 0)
  const thoughts = reasoning ?? 0
  return {
    input: input === null ? null : input + toolInput + (cacheApart || cache > input ? cache : 0),
    output: output === null ? null : output + (thoughts > output + slackOf(output) ? thoughts : 0),
    hidden: 0,
  }
}

/** With a total that no choice of the named parts explains. */
function unexplained(named: Named, { input, beyond }: { input: number; beyond: number }): Counts {
  const sized = bySize({ ...named, toolInput: 0 })
  const beside = (sized.input ?? input) - input
  if (named.reasoning !== null) return { ...sized, input: beside > beyond ? null : sized.input }
  const media = named.media.filter((tokens) => tokens > input).reduce((total, each) => total + each, 0)
  const hidden = beyond - beside - media
  if (hidden < 0) return { input: null, output: null, hidden: 0 }
  return {
    input: sized.input,
    output: (sized.output ?? 0) + hidden,
    hidden,
  }
}

/** xAI counts in ticks of 1e-10 USD. */
const ticksPerUsd = 1e10

const decimal = /^\d+(\.\d*)?(e[+-]?\d+)?$/i

function amountOf(value: unknown): number | null {
  const text = typeof value === 'string' ? value.replace(/^\$/, '') : null
  const amount = text !== null && decimal.test(text) ? Number(text) : value
  return typeof amount === 'number' && Number.isFinite(amount) && amount >= 0 ? amount : null
}

/** The charge in USD. With a key of the user's own, a router adds its fee to the host's price. */
function chargeIn(usage: Fields): number | null {
  if (!isUsd(usage) || !isUsd(asObject(usage['cost']) ?? {})) return null
  const charged = charges(usage)
  if (charged === null || usage['is_byok'] !== true) return soundUsd(charged)
  const upstream = amountOf(asObject(usage['cost_details'])?.['upstream_inference_cost'])
  return soundUsd(charged + (upstream ?? 0))
}

const isUsd = ({ currency }: Fields): boolean => typeof currency !== 'string' || /^usd$/i.test(currency)

function charges(usage: Fields): number | null {
  for (const { field, steps } of pathsOf.get('charge') ?? []) {
    const amount = amountOf(valueAt(usage, steps))
    if (amount !== null) return field === 'cost_in_usd_ticks' ? amount / ticksPerUsd : amount
  }
  return null
}

/** What a later usage object of a stream does not replace by nothing; the last of these belong to the charge. */
const carried = [
  ...paths,
  ...['currency', 'cost.currency', 'is_byok', 'cost_details.upstream_inference_cost'].map((field) => ({
    meaning: 'charge',
    steps: field.split('.'),
  })),
]

/**
 * Merges a later usage object of a stream into what is known, field by field: running counts end with the
 * last, and zeros and gaps take nothing away. A total that came with a completion is not replaced by that of
 * a prompt alone.
 */
export function mergeUsage(known: Fields | null, later: Fields | null): Fields | null {
  if (known === null || later === null) return later ?? known
  const partial = outputIn(known) > 0 && outputIn(later) === 0
  return carried.reduce<Fields>((merged, { meaning, steps }) => {
    const before = valueAt(known, steps)
    const replaced = says(valueAt(merged, steps)) && !(partial && meaning === 'total')
    return isGiven(before) && !replaced ? withValue(merged, steps, before) : merged
  }, later)
}

const outputIn = (usage: Fields): number => numberIn(usage, 'output') ?? 0

const isGiven = (value: unknown): boolean => value !== undefined && value !== null

const says = (value: unknown): boolean => isGiven(value) && value !== 0 && value !== ''

function withValue(fields: Fields, [name = '', ...rest]: readonly string[], value: unknown): Fields {
  if (rest.length === 0) return { ...fields, [name]: value }
  const inner = asObject(fields[name])
  if (inner === null && says(fields[name])) return fields
  return { ...fields, [name]: withValue(inner ?? {}, rest, value) }
}
