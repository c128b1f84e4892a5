import { isTargetName } from '../../api/starts.ts'

/** How a run calls its models; `comparison` calls several. */
export const modes = ['comparison', 'single', 'multi', 'concurrent'] as const
export type Mode = (typeof modes)[number]

/** What this screen offers, and what it starts with; the API takes more. */
export const ranges = {
  tokens: { least: 64, most: 4096, step: 64, standard: 512 },
  temperature: { least: 0, most: 2, step: 0.1, standard: 0.7 },
  runs: { least: 1, most: 10, step: 1, standard: 3 },
  concurrency: { least: 1, most: 20, step: 1, standard: 5 },
} as const

/** Sizes of context in tokens that have a chip. */
export const tierChips = [0, 5_000, 50_000] as const

/** What is on the chips. */
export const sizeNames: Readonly<Record<(typeof tierChips)[number], string>> = {
  0: '0',
  5_000: '5K',
  50_000: '50K',
}

/** The most models of a run. */
export const mostModels = 20

/** What the URL says of the screen; what is usual is left out of it. */
export interface BenchmarkSearch {
  /** A part of the name of a provider or model. */
  q?: string
  /** Chosen models as `provider/model`, in the order of the choice. */
  models?: string[]
  mode?: Mode
  tokens?: number
  temperature?: number
  runs?: number
  concurrency?: number
  tiers?: number[]
  /** The name of a prompt; or a text of one's own. */
  prompt?: string
  text?: string
  warmup?: true
  /** What the run may cost in USD. */
  limit?: number
  /** The run that is shown instead of the form. */
  run?: string
  /** Whether its answers are shown as they come. */
  stream?: true
}

/** A text; the router reads one that looks like a number as a number. */
const textOf = (given: unknown): string | null => {
  const text = typeof given === 'number' ? String(given) : given
  return typeof text === 'string' && text !== '' ? text : null
}

function numberOf(
  given: unknown,
  { least, most, standard }: { least: number; most: number; standard?: number },
) {
  return typeof given === 'number' && given >= least && given <= most && given !== standard ? given : null
}

const wholeOf = (given: unknown, range: Parameters<typeof numberOf>[1]) =>
  Number.isInteger(given) ? numberOf(given, range) : null

const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i

/** The search of a URL, without what this screen does not know. */
export function benchmarkSearch(given: Record<string, unknown>): BenchmarkSearch {
  const models = Array.isArray(given['models']) ? given['models'].filter(isTargetName) : []
  const tiers = tierChips.filter((size) => Array.isArray(given['tiers']) && given['tiers'].includes(size))
  const run = textOf(given['run'])
  const found: { [Name in keyof BenchmarkSearch]: BenchmarkSearch[Name] | null } = {
    q: textOf(given['q']),
    models: models.length > 0 ? [...new Set(models)] : null,
    mode: modes.find((mode) => mode === given['mode'] && mode !== 'comparison') ?? null,
    tokens: wholeOf(given['tokens'], ranges.tokens),
    temperature: numberOf(given['temperature'], ranges.temperature),
    runs: wholeOf(given['runs'], ranges.runs),
    concurrency: wholeOf(given['concurrency'], ranges.concurrency),
    tiers: tiers.length > 0 && !(tiers.length === 1 && tiers[0] === 0) ? tiers : null,
    prompt: textOf(given['prompt']),
    text: textOf(given['text']),
    warmup: given['warmup'] === true ? true : null,
    limit: numberOf(given['limit'], { least: 0, most: 1_000_000 }),
    run: run !== null && uuid.test(run) ? run : null,
    stream: given['stream'] === true ? true : null,
  }
  return Object.fromEntries(
    Object.entries(found).filter(([, value]) => value !== null && value !== undefined),
  ) as BenchmarkSearch
}
