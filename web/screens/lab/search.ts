import { isTargetName } from '../../api/starts.ts'
import { isId } from '../../format/words.ts'
import { mostPicks } from '../../ui/picked.ts'
import { mostLoads, promptKinds, ranges, tierChips } from './choices.ts'
import { parseOutputs } from './outputs.ts'

/** What the curve and the table of percentiles are of. */
export const metrics = ['ttft', 'tpot', 'itl', 'latency'] as const
export type Metric = (typeof metrics)[number]

/** What the URL says of the screen; what is usual is left out of it. */
export interface LabSearch {
  /** The list of sweeps instead of the form. */
  view?: 'sweeps'
  /** A part of the name of a provider or model. */
  q?: string
  /** Chosen models as `provider/model`, in the order of the choice. */
  models?: string[]
  /** An open loop sends at a rate, whatever becomes of what it sent. */
  loop?: 'open'
  /** Levels are sought instead of listed: while throughput grows, or the highest at which so large a share is good. */
  seek?: 'growth' | 'goodput'
  goodput?: number
  most?: number
  concurrency?: number[]
  rates?: number[]
  arrivals?: 'poisson'
  seed?: number
  slots?: number
  /** Calls per level that count, or for how long they are sent. */
  total?: number
  seconds?: number
  /** How long clients wait after each answer, in ms, always or on average. */
  think?: number
  spread?: 'exponential'
  tiers?: number[]
  /** The name of a prompt; or a text of one's own. */
  prompt?: string
  text?: string
  /** Built-in prompts in turn instead. */
  category?: (typeof promptKinds)[number]
  tokens?: number
  /** Output limits that differ from request to request: `64, 256` or `64..256`. */
  outputs?: string
  /** What caches of prompts find; by default nothing. */
  cache?: 'warm' | 'shared'
  shared?: number
  temperature?: number
  /** Objectives in ms: those of a new sweep, or those that one is judged by. */
  ttft?: number
  tpot?: number
  latency?: number
  /** What it may cost in USD, and how many calls may fail. */
  limit?: number
  errors?: number
  /** Whether endpoints that are not known to be ours may be loaded. */
  own?: true
  /** The sweep that is shown instead of the form. */
  run?: string
  /** Two sweeps that are compared instead; one of them waits for the other. */
  pick?: string[]
  compare?: true
  /** What its curve shows. */
  by?: Exclude<Metric, 'ttft'>
  per?: 'tokens'
  from?: 'sent'
  chart?: 'table'
}

/** A text; the router reads one that looks like a number as a number. */
const textOf = (given: unknown): string | null => {
  const text = typeof given === 'number' ? String(given) : given
  return typeof text === 'string' && text !== '' ? text : null
}

interface Range {
  least: number
  most: number
  standard?: number
}

const numberOf = (given: unknown, { least, most, standard }: Range): number | null =>
  typeof given === 'number' && given >= least && given <= most && given !== standard ? given : null

const wholeOf = (given: unknown, range: Range): number | null =>
  Number.isInteger(given) ? numberOf(given, range) : null

/** One of a few words. */
const oneOf = <Word extends string>(given: unknown, words: readonly Word[]): Word | null =>
  words.find((word) => word === given) ?? null

/** Loads in their order, each once. */
function loadsOf(given: unknown, isLoad: (load: number) => boolean): number[] | null {
  if (!Array.isArray(given)) return null
  const loads = given.filter((each): each is number => typeof each === 'number' && isLoad(each))
  return loads.length === 0 ? null : [...new Set(loads)].slice(0, mostLoads)
}

/** Output limits as they were entered, if they can be read. */
function outputsOf(given: unknown): string | null {
  const text = textOf(given)
  return text === null || 'problem' in parseOutputs(text) ? null : text
}

const objectiveRange = { least: 1, most: 86_400_000 }

/** The search of a URL, without what this screen does not know. */
export const labSearch = (given: Record<string, unknown>): LabSearch =>
  Object.fromEntries(
    Object.entries({ ...askedIn(given), ...shownIn(given) }).filter(
      ([, value]) => value !== null && value !== undefined,
    ),
  ) as LabSearch

type Found = { [Name in keyof LabSearch]: LabSearch[Name] | null }

/** What of a URL is of the form. */
const askedIn = (given: Record<string, unknown>): Found => ({ ...loadIn(given), ...workIn(given) })

/** What is loaded, and how. */
function loadIn(given: Record<string, unknown>): Found {
  const { models } = given
  const named = Array.isArray(models) ? [...new Set(models.filter(isTargetName))] : []
  const seconds = wholeOf(given['seconds'], ranges.seconds)
  return {
    q: textOf(given['q']),
    models: named.length > 0 ? named : null,
    loop: oneOf(given['loop'], ['open']),
    seek: oneOf(given['seek'], ['growth', 'goodput']),
    goodput: numberOf(given['goodput'], ranges.goodput),
    most: wholeOf(given['most'], ranges.most),
    concurrency: loadsOf(given['concurrency'], (load) => wholeOf(load, ranges.concurrency) !== null),
    rates: loadsOf(given['rates'], (load) => numberOf(load, ranges.rates) !== null),
    arrivals: oneOf(given['arrivals'], ['poisson']),
    seed: wholeOf(given['seed'], ranges.seed),
    slots: wholeOf(given['slots'], ranges.slots),
    // A level ends by one of them.
    total: seconds === null ? wholeOf(given['total'], ranges.total) : null,
    seconds,
    think: wholeOf(given['think'], ranges.think),
    spread: oneOf(given['spread'], ['exponential']),
    limit: numberOf(given['limit'], { least: 0, most: 1_000_000 }),
    errors: wholeOf(given['errors'], { least: 1, most: 1_000_000 }),
    own: given['own'] === true ? true : null,
  }
}

/** What requests say, and what a good one keeps. */
function workIn(given: Record<string, unknown>): Found {
  const { tiers } = given
  const sizes = tierChips.filter((size) => Array.isArray(tiers) && tiers.includes(size))
  return {
    tiers: sizes.length > 0 && !(sizes.length === 1 && sizes[0] === 0) ? sizes : null,
    prompt: textOf(given['prompt']),
    text: textOf(given['text']),
    category: oneOf(given['category'], promptKinds),
    tokens: wholeOf(given['tokens'], ranges.tokens),
    outputs: outputsOf(given['outputs']),
    cache: oneOf(given['cache'], ['warm', 'shared']),
    shared: wholeOf(given['shared'], ranges.shared),
    temperature: numberOf(given['temperature'], ranges.temperature),
    ttft: numberOf(given['ttft'], objectiveRange),
    tpot: numberOf(given['tpot'], objectiveRange),
    latency: numberOf(given['latency'], objectiveRange),
  }
}

/** What of a URL says what is shown, and how. */
function shownIn(given: Record<string, unknown>): Found {
  const { run, pick } = given
  const picks = Array.isArray(pick) ? [...new Set(pick.filter(isIdText))].slice(0, mostPicks) : []
  return {
    view: oneOf(given['view'], ['sweeps']),
    run: isIdText(run) ? run : null,
    pick: picks.length > 0 ? picks : null,
    compare: given['compare'] === true && picks.length > 1 ? true : null,
    by: oneOf(given['by'], ['tpot', 'itl', 'latency']),
    per: oneOf(given['per'], ['tokens']),
    from: oneOf(given['from'], ['sent']),
    chart: oneOf(given['chart'], ['table']),
  }
}

const isIdText = (given: unknown): given is string => typeof given === 'string' && isId(given)
