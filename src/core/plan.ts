import type { Price } from './price.ts'

/** Who started a run. */
export type Trigger = 'cron' | 'manual'

/** What kind of run it is: of a schedule's slot, of one probe, or of several by hand. */
export type Mode = 'scheduled' | 'single' | 'multi'

/** What makes one target of a model differ from another. */
export interface TargetParameters {
  /** `least` turns reasoning off or as low as the model allows; `default` leaves it to the model. */
  reasoning: 'least' | 'default'
  /** The host a router must use, where the provider is a router. */
  pin?: string
  /** Output limit of this target alone; the run's otherwise. */
  maxTokens?: number
}

/** What we benchmark: a model at a provider with its parameters and, if bound to one, a region. */
export interface Target {
  /** The provider's short name. */
  provider: string
  model: string
  parameters: TargetParameters
  region: string | null
}

/** What every probe of a run asks. Deadlines are milliseconds. */
export interface Settings {
  prompt: string
  /** SHA-256 of the prompt without its nonce, in hex. */
  promptHash: string
  maxTokens: number
  temperature: number
  timeouts: Timeouts
  order: Order
  /** A probe that fails by the provider's fault is made again after a few seconds. */
  confirm: boolean
}

/** One probe after another, or providers beside each other and the probes of each one after another. */
export type Order = 'sequential' | 'by_provider'

/** Our own deadlines, in ms: to a usable socket, to the first token, between tokens, and for the whole call. */
export interface Timeouts {
  connect: number
  firstToken: number
  idle: number
  total: number
}

/** One call that is to be made. Its result has its id beforehand, so that writing it twice writes it once. */
export interface Probe {
  id: string
  resultId: string
  target: Target
  iteration: number
  /** Where it is to be called from. */
  region: string
  /** Only results of one series are compared over time: a hash of prompt, limits, parameters and pin. */
  series: string
  /** The price in force when the plan was made. */
  price: Price | null
  /** What it may cost at most, in USD, and what of that its input costs; null where there is no price. */
  estimateUsd: number | null
  inputUsd: number | null
}

/** A run as decided: nothing here has happened yet. */
export interface Plan {
  id: string
  name: string
  trigger: Trigger
  mode: Mode
  /** The schedule and the fire time that this run is for; null for a run by hand. */
  schedule: string | null
  slot: Date | null
  /** Probes that have not begun by then are skipped: one interval after the slot. Null for a run by hand. */
  lateAt: Date | null
  synthetic: boolean
  /** Its targets were named by hand for this run: they do not become active. */
  adhoc: boolean
  settings: Settings
  /** The providers called, with what their rows show. */
  providers: PlannedProvider[]
  probes: Probe[]
}

/** What the database keeps about a provider. */
export interface PlannedProvider {
  id: string
  name: string
  baseUrl: string
  logoUrl: string | null
  synthetic: boolean
}
