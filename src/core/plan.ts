import type { Price } from './price.ts'
import type { Asks, Work } from './work.ts'

/** Who started a run. */
export type Trigger = 'cron' | 'manual' | 'api'

/** How a run is made that no schedule asks for: one probe; several in turn; several at once; several of each target. */
export type ChosenMode = 'single' | 'multi' | 'concurrent' | 'comparison'

/** How a run on demand is made. */
export type OnDemandMode = ChosenMode | 'sweep'

/** The kind of run: for a schedule's slot, as it was chosen, or a series of loads. */
export type Mode = 'scheduled' | OnDemandMode

/** Calls in flight at once, each client beginning its next as the last one ends. */
export interface ClosedLoad {
  concurrency: number
  /** Over how long the first calls of the clients are spread, in ms, so that they do not go on in step. */
  staggerMs: number
  /** How long a client waits between an answer and its next call, in ms; not at all without. */
  thinkMs?: number
  /** Makes the same waits again, exponential with that mean; without, all are alike. */
  thinkSeed?: number
}

/** Calls begun when they are due, whatever became of those before, with at most `slots` in flight. */
export interface OpenLoad {
  /** Calls per second; of a trace the mean. */
  rate: number
  arrivals: 'constant' | 'poisson' | 'trace'
  /** Makes the same arrivals again; null if they are constant or those of a trace. */
  seed: number | null
  slots: number
}

/** One load on one target with one context tier. */
export interface Level {
  provider: string
  model: string
  /** Null without filler. */
  contextTokens: number | null
  load: ClosedLoad | OpenLoad
  /** Calls that warm it up, handed over to those that are measured without a pause. */
  warmups: number
  /** Calls that are measured; of a closed loop with a duration, those that are planned when it begins. */
  total: number
  /**
   * How long calls that are measured are sent, in ms: an open loop has all that are due within it, a closed loop as
   * many as its clients begin. Without, there are `total`.
   */
  durationMs?: number
}

/** Whether clients send as long as a level lasts, so that nobody knows before how many calls it has. */
export const isTimed = ({ load, durationMs }: Level): boolean =>
  'concurrency' in load && durationMs !== undefined

/** What a good request keeps, such as `ttft`, and the most that it may be in ms. */
export const objectiveNames = ['ttft', 'ttfa', 'tpot', 'itl', 'latency'] as const

/** How a sweep adds levels to the first of each target and context tier, by what came of those before. */
export interface Search {
  /** The highest concurrency, or rate, that is tried. */
  most: number
  /** The share of good requests whose limit is sought; null to go on while throughput grows. */
  goodput: number | null
  /** What a good request keeps. */
  objectives: Partial<Record<(typeof objectiveNames)[number], number>>
  /** An added level of a closed loop has at least so many calls for each client. */
  callsPerClient: number
}

/** What makes one target of a model differ from another. */
export interface TargetParameters {
  /** `least` turns reasoning off or as low as the model allows; `default` keeps the model's default. */
  reasoning: 'least' | 'default'
  /** The host a router must use. */
  pin?: string
  /** This target's output limit; the run's by default. */
  maxTokens?: number
}

/** What is too slow for a target, whatever is usual for it, in ms; null for no limit. */
export interface TargetLimits {
  ttftMs: number | null
  latencyMs: number | null
}

/** The longest limit of a target, in ms. */
export const mostLimitMs = 3_600_000

/** A benchmark target: a model at a provider, its parameters and, if bound to one, a region. */
export interface Target {
  /** The provider's id. */
  provider: string
  model: string
  parameters: TargetParameters
  region: string | null
}

/** The settings shared by all probes of a run. */
export interface Settings {
  prompt: string
  /** SHA-256 of the prompt without nonce, in hex. */
  promptHash: string
  maxTokens: number
  temperature: number
  timeouts: Timeouts
  order: Order
  /** Whether a probe that fails by the provider's fault is rechecked after a few seconds. */
  confirm: boolean
  /** How many calls of a concurrent run may be in flight at once; 1 for the others. */
  concurrency: number
  /** What a run on demand was asked for besides: calls of each target with each context tier, the tiers, warm-ups. */
  runs?: number
  contextTiers?: readonly number[]
  warmup?: boolean
  /** Of a sweep: its levels, one after the other, and what ends it early; null is no limit. */
  levels?: readonly Level[]
  search?: Search
  /** Calls that it may come to while it grows, warm-ups among them; by default as many as a run may have. */
  mostCalls?: number
  /** The most that one of its calls may cost, as far as that is known. */
  mostCallUsd?: number
  maxCostUsd?: number | null
  maxErrors?: number | null
  /** Whether a request may be sent on a connection that an earlier one has opened; each opens its own without. */
  reuseConnections?: boolean
  /** What a good request keeps, in ms, by the names that `--slo` has. */
  objectives?: Readonly<Record<string, number>>
  /** And what its requests say; by default the prompt with a beginning of its own each. */
  work?: Work
  /** What made it, for reports. */
  madeWith?: MadeWith
  /** A hash of all that it was asked for, by which a repeated request is known. */
  requestHash?: string
}

/** What made a run: enough to make it again. */
export interface MadeWith {
  /** The command line, without keys; null if it was no command. */
  command: string | null
  /** Of this program, and of Node. */
  version: string
  node: string
  /** Its processors and system. */
  machine: string
}

/** All probes sequentially, or providers in parallel with the probes of each sequentially. */
export type Order = 'sequential' | 'by_provider'

/** Our deadlines in ms: to a usable socket, to the first token, between tokens, and for the whole call. */
export interface Timeouts {
  connect: number
  firstToken: number
  idle: number
  total: number
}

/** A planned call. The id of its result is fixed in advance, which makes recording idempotent. */
export interface Probe {
  id: string
  resultId: string
  target: Target
  /** From 1; 0 for a warm-up. */
  iteration: number
  /** The region it is called from. */
  region: string
  /**
   * A hash of prompt, limits, parameters, pin and context tier, in a sweep also of what all its requests say: only
   * results of one series are compared over time.
   */
  series: string
  /** The price in force when the plan was made. */
  price: Price | null
  /** The upper bound of its cost in USD, and the input's part of it; null without a price. */
  estimateUsd: number | null
  inputUsd: number | null
  /** A call that only warms caches and connections up: its result is no sample. */
  warmup: boolean
  /** The size that filler brings its prompt to, in tokens; null without filler. */
  contextTokens: number | null
  /** Of a sweep: the place of its level, and when it is due, in ms after that began; null in a closed loop. */
  level: number | null
  dueMs: number | null
  /** Of a sweep: what it says. */
  asks: Asks | null
  /** Why it is not called although it was asked for: the plan itself says so. */
  skipReason?: string
  /** Of a fleet: the shard of its region that it is made with. */
  shard?: number
}

/** What one lane makes in one window: calls of one provider from one region. */
export interface PlannedShard {
  /** From 0 within its run and region. */
  shard: number
  region: string
  provider: string
  /** When it may begin. */
  windowAt: Date
}

/** A planned run: nothing in it has happened yet. */
export interface Plan {
  id: string
  name: string
  trigger: Trigger
  mode: Mode
  /** The schedule and fire time this run is for; null for a run by hand. */
  schedule: string | null
  slot: Date | null
  /** Probes not started by then are skipped: one interval after the slot. Null for a run by hand. */
  lateAt: Date | null
  synthetic: boolean
  /** Whether its targets were named by hand for this run: they do not become active. */
  adhoc: boolean
  settings: Settings
  /** The providers called. */
  providers: PlannedProvider[]
  probes: Probe[]
  /** Of a fleet: what its workers claim as a whole. Its slot may be yet to come. */
  shards?: readonly PlannedShard[]
}

/** A provider as stored in the database. */
export interface PlannedProvider {
  id: string
  name: string
  baseUrl: string
  logoUrl: string | null
  synthetic: boolean
}
