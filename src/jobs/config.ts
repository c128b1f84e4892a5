import type { Budget } from '../core/budget.ts'
import type { Channel, IncidentKind } from '../core/incident.ts'
import type { Order, Timeouts } from '../core/plan.ts'
import type { Schedule } from '../run/slot.ts'
import type { OfficialSettings, SyncSettings } from '../sync/settings.ts'
import type { RetentionDays } from './retention.ts'

/** How benchmarks are made unless a request says otherwise. */
export interface Defaults {
  prompt: string
  maxTokens: number
  temperature: number
  timeouts: Timeouts
  order: Order
  /** Whether a failure by the provider's fault is rechecked after a few seconds. */
  confirm: boolean
  /** Null if nothing limits what may be spent. */
  budget: Budget | null
  /** Whether the dearest targets are called less often, so that the budget lasts. */
  thins: boolean
  region: string
  schedule: Schedule
}

/** The settings of an installation, without its credentials. */
export interface Config {
  defaults: Defaults
  sync: SyncSettings
  /** Where status pages of providers are asked; null if they are not. */
  official: OfficialSettings | null
  /** How long texts, results and proxy requests are kept, and when older ones are deleted. */
  retention: RetentionDays & { cron: string }
  /** Runs on demand: how often a client may start one within any hour, and how many are at work at once. */
  onDemand: { startsPerHour: number; atOnce: number }
  /** How many calls of the cron endpoint make a slot together; 0: one, which makes one probe after another. */
  fanOut: number
  /** Who is told of incidents by the environment, and kinds that are shown only and told to nobody. */
  alerts: {
    channels: readonly Channel[]
    shadow: readonly IncidentKind[]
    /** The channel that is told what another could not be told; null if there is none. */
    fallback: string | null
  }
  /** Hosts that untrusted providers may be at although they are not public. */
  egressAllow: readonly string[]
  onVercel: boolean
  /** The folder of the log; null if entries go to a stream because no disk is kept. */
  logDir: string | null
}

/** Who may call the HTTP API, and where: what the environment says of it. */
export interface WebSettings {
  /** Where a server of our own listens. */
  host: string
  port: number
  /** By which URL it is called, if there is another server before it. */
  publicUrl: URL | null
  /** Other names by which it may be called, lower case, each with a port or for every port. */
  allowedHosts: readonly string[]
  /** Pages elsewhere that may read, by origin. */
  corsOrigins: readonly string[]
  /** Opens everything; null if it is not set. */
  adminToken: string | null
  /** Closes reads to whoever has neither token; null if it is not set. */
  readToken: string | null
  /** Whether anybody may read; null if the environment does not say. */
  publicReads: boolean | null
  /** The folder of what a server keeps for itself. */
  dataDir: string
  /** How the public status page presents itself; null if there is none. */
  status: StatusSettings | null
}

/** The proxy that measures passing traffic. */
export interface ProxySettings {
  /** Whether a server starts it as a process of its own. */
  isOn: boolean
  /** Where it listens. */
  host: string
  port: number
  /** Of which share of its requests texts are kept, 0 to 1. */
  captureShare: number
}

/** The public status page. */
export interface StatusSettings {
  title: string
  /** An https URL. */
  logoUrl: string | null
  /** A host name, with its port if that counts, at which there is nothing else. */
  host: string | null
  publicUrl: URL | null
}

/** Every variable that an installation is set by, besides those of the providers and of proxies. */
export const settingNames = [
  'BENCHMARK_PROMPT',
  'BENCHMARK_MAX_TOKENS',
  'BENCHMARK_TEMPERATURE',
  'BENCHMARK_SCHEDULE',
  'BENCHMARK_ORDER',
  'BENCHMARK_CONFIRM',
  'BENCHMARK_REGION',
  'BENCHMARK_RATE_LIMIT',
  'BENCHMARK_JOBS',
  'BENCHMARK_FAN_OUT',
  'BUDGET_USD_PER_DAY',
  'BUDGET_USD_PER_MONTH',
  'BUDGET_THIN',
  'MAX_PRICE_PER_M',
  'TIMEOUT_CONNECT_S',
  'TIMEOUT_FIRST_TOKEN_S',
  'TIMEOUT_IDLE_S',
  'TIMEOUT_TOTAL_S',
  'SUPABASE_URL',
  'SUPABASE_SERVICE_ROLE',
  'SUPABASE_SECRET_KEY',
  'SUPABASE_SERVICE_ROLE_KEY',
  'DATABASE_URL',
  'DATA_DIR',
  'EGRESS_ALLOW',
  'INCIDENT_SHADOW',
  'ALERT_FALLBACK',
  'CRON_SECRET',
  'HOST',
  'PORT',
  'PUBLIC_URL',
  'ALLOWED_HOSTS',
  'CORS_ORIGINS',
  'ADMIN_TOKEN',
  'READ_TOKEN',
  'PUBLIC_READS',
  'HEALTH_PING_URL',
  'PROXY',
  'PROXY_HOST',
  'PROXY_PORT',
  'PROXY_CAPTURE',
  'STATUS_PAGE',
  'STATUS_TITLE',
  'STATUS_LOGO_URL',
  'STATUS_HOST',
  'SYNC_SCHEDULE',
  'SYNC_HEAL',
  'GENAI_PRICES_URL',
  'MODELS_DEV_URL',
  'OFFICIAL_STATUS',
  'RETENTION_TEXT_DAYS',
  'RETENTION_DAYS',
  'PROXY_RETENTION_DAYS',
  'PROXY_CAPTURE_DAYS',
  'PRUNE_SCHEDULE',
  'ARCHIVE_DIR',
  'FIRSTTOKEN_CONFIG',
  'LOG_DIR',
  'LOG_LEVEL',
  'VERCEL',
  'VERCEL_REGION',
] as const

/** The name of one of them. */
export type SettingName = (typeof settingNames)[number]
