import { z } from 'zod'
import { channelName, channelsOf } from './alerts/channel-settings.ts'
import { incidentKinds } from './core/incident.ts'
import { isQuoted, trimmed } from './core/trimmed.ts'
import type { Budget } from './core/budget.ts'
import { defaultPrompt, defaultSettings, type OwnPrompts, promptOf } from './registry/prompts.ts'
import { longCapture, proxyOf, proxyRetentionOf } from './env-proxy.ts'
import { sharedTokens, webOf } from './env-web.ts'
import type { Config, Defaults, ProxySettings, SettingName, WebSettings } from './jobs/config.ts'
import { daysSetting } from './jobs/retention.ts'
import { proxyProblems } from './net/proxy.ts'
import {
  cron,
  databaseUrl,
  feed,
  folder,
  headerKey,
  hostName,
  hosts,
  listenHost,
  listOf,
  logLevel,
  number,
  officialStatus,
  origin,
  pictureUrl,
  seconds,
  secret,
  share,
  supabaseUrl,
  token,
  usd,
  whole,
} from './env-values.ts'

/** The environment; an empty value counts as unset. */
export type Environment = Record<string, string | undefined>

/** Where results are stored. */
export type StoreChoice =
  | { kind: 'supabase'; url: string; key: string }
  | { kind: 'postgres'; url: string }
  | { kind: 'embedded'; dir: string }

/** What the environment says of this installation; keys of providers are read by the registry. */
export interface Installation extends Config {
  store: StoreChoice | { problem: string }
  /** The database for free SQL: DATABASE_URL whatever the store is, else the embedded database. */
  database: Exclude<StoreChoice, { kind: 'supabase' }> | { problem: string }
  cronSecret: string | null
  /** Pinged after every scheduled run that finished well; it may contain a token. */
  healthPingUrl: string | null
  web: WebSettings
  proxy: ProxySettings
  logLevel: string
}

const { timeouts } = defaultSettings
const schema = z.object({
  BENCHMARK_PROMPT: z.string().default(defaultPrompt),
  BENCHMARK_MAX_TOKENS: whole(1, 1_000_000).default(defaultSettings.maxTokens),
  BENCHMARK_TEMPERATURE: number(0, 2).default(defaultSettings.temperature),
  BENCHMARK_SCHEDULE: cron.default('*/15 * * * *'),
  BENCHMARK_ORDER: z
    .enum(['sequential', 'by-provider'], { error: 'must be sequential or by-provider' })
    .default('sequential'),
  BENCHMARK_CONFIRM: z.stringbool({ error: 'must be true or false' }).default(false),
  BUDGET_USD_PER_DAY: usd.optional(),
  BUDGET_USD_PER_MONTH: usd.optional(),
  BUDGET_THIN: z.enum(['on', 'off'], { error: 'must be on or off' }).default('on'),
  MAX_PRICE_PER_M: usd.optional(),
  BENCHMARK_REGION: z.string().optional(),
  BENCHMARK_RATE_LIMIT: whole(1, 100_000).default(20),
  BENCHMARK_JOBS: whole(1, 20).default(1),
  BENCHMARK_FAN_OUT: whole(0, 200).default(0),
  TIMEOUT_CONNECT_S: seconds.default(timeouts.connect / 1000),
  TIMEOUT_FIRST_TOKEN_S: seconds.default(timeouts.firstToken / 1000),
  TIMEOUT_IDLE_S: seconds.default(timeouts.idle / 1000),
  TIMEOUT_TOTAL_S: seconds.default(timeouts.total / 1000),
  SUPABASE_URL: supabaseUrl.optional(),
  SUPABASE_SERVICE_ROLE: headerKey.optional(),
  SUPABASE_SECRET_KEY: headerKey.optional(),
  SUPABASE_SERVICE_ROLE_KEY: headerKey.optional(),
  DATABASE_URL: databaseUrl.optional(),
  EGRESS_ALLOW: hosts.optional(),
  INCIDENT_SHADOW: listOf(
    z.enum(incidentKinds, { error: `must be some of ${incidentKinds.join(', ')}` }),
  ).optional(),
  ALERT_FALLBACK: channelName.optional(),
  DATA_DIR: folder.default('.data'),
  CRON_SECRET: secret.optional(),
  HOST: listenHost.default('127.0.0.1'),
  PORT: whole(0, 65_535).default(8000),
  PUBLIC_URL: origin.optional(),
  ALLOWED_HOSTS: listOf(hostName).optional(),
  CORS_ORIGINS: listOf(origin).optional(),
  ADMIN_TOKEN: token.optional(),
  READ_TOKEN: token.optional(),
  PUBLIC_READS: z.stringbool({ error: 'must be true or false' }).optional(),
  HEALTH_PING_URL: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).optional(),
  PROXY: z.enum(['on', 'off'], { error: 'must be on or off' }).default('off'),
  PROXY_HOST: listenHost.default('127.0.0.1'),
  PROXY_PORT: whole(0, 65_535).default(8080),
  PROXY_CAPTURE: share.default(0),
  STATUS_PAGE: z.enum(['public', 'off'], { error: 'must be public or off' }).default('off'),
  STATUS_TITLE: z.string().max(100, 'must have at most 100 characters').default('LLM API status'),
  STATUS_LOGO_URL: pictureUrl.optional(),
  STATUS_HOST: hostName.optional(),
  VERCEL: z.string().optional(),
  VERCEL_REGION: z.string().optional(),
  SYNC_SCHEDULE: cron.default('0 2 * * 0'),
  SYNC_HEAL: z.stringbool({ error: 'must be true or false' }).default(false),
  RETENTION_TEXT_DAYS: daysSetting(1).default(14),
  RETENTION_DAYS: daysSetting(31).default(400),
  PROXY_RETENTION_DAYS: daysSetting(1).default(30),
  PROXY_CAPTURE_DAYS: whole(1, 99_999).optional(),
  PRUNE_SCHEDULE: cron.default('0 3 * * 0'),
  ARCHIVE_DIR: folder.optional(),
  GENAI_PRICES_URL: feed.default(
    'https://raw.githubusercontent.com/pydantic/genai-prices/main/prices/new_data/v2/data.json',
  ),
  MODELS_DEV_URL: feed.default('https://models.dev/api.json'),
  OFFICIAL_STATUS: officialStatus.default({ mirror: null }),
  FIRSTTOKEN_CONFIG: z.string().optional(),
  LOG_DIR: folder.default('logs'),
  LOG_LEVEL: logLevel.default('info'),
} satisfies Record<SettingName, z.ZodType>)
type Values = z.infer<typeof schema>

/**
 * Reads the environment; its prompt may be one of `prompts` by name. Its problems name each unusable variable and what is wrong, without repeating a
 * secret.
 */
export function readConfig(
  env: Environment,
  prompts: OwnPrompts = {},
): Installation | { problems: string[] } {
  const given = Object.entries(env).map(([name, value]) => [name, trimmed(value ?? '')] as const)
  const parsed = schema.safeParse(Object.fromEntries(given.filter(([, value]) => value !== '')))
  const quoted = given.filter(([name, value]) => name in schema.shape && isQuoted(value))
  const wrong = parsed.error?.issues.map(({ path, message }) => ({ name: path.join('.'), message })) ?? []
  const others = wrong.filter(({ name }) => quoted.every(([each]) => each !== name))
  const alerts = channelsOf(env)
  const problems = [
    ...others.map(({ name, message }) => `${name}: ${message}`),
    ...quoted.map(([name]) => `${name}: is in quotes, which would be a part of it: write it without them`),
    ...proxyProblems(env),
    ...sharedTokens(parsed.data),
    ...longCapture(parsed.data),
    ...alerts.problems,
  ]
  if (!parsed.success || problems.length > 0) return { problems }
  const values = parsed.data
  return {
    store: storeOf(values),
    database: databaseOf(values),
    defaults: defaultsOf(values, prompts),
    sync: {
      cron: values.SYNC_SCHEDULE,
      heal: values.SYNC_HEAL,
      books: { genaiPricesUrl: values.GENAI_PRICES_URL, modelsDevUrl: values.MODELS_DEV_URL },
    },
    retention: retentionOf(values),
    onDemand: { startsPerHour: values.BENCHMARK_RATE_LIMIT, atOnce: values.BENCHMARK_JOBS },
    fanOut: values.BENCHMARK_FAN_OUT,
    official: values.OFFICIAL_STATUS,
    egressAllow: values.EGRESS_ALLOW ?? [],
    alerts: {
      channels: alerts.channels,
      shadow: values.INCIDENT_SHADOW ?? [],
      fallback: values.ALERT_FALLBACK ?? null,
    },
    cronSecret: values.CRON_SECRET ?? null,
    healthPingUrl: values.HEALTH_PING_URL ?? null,
    web: webOf(values),
    proxy: proxyOf(values),
    onVercel: values.VERCEL !== undefined,
    logDir: values.VERCEL === undefined ? values.LOG_DIR : null,
    logLevel: values.LOG_LEVEL,
  }
}

/**
 * The store that the environment selects. On Vercel it must select one, because a function's disk is not
 * kept.
 */
function storeOf(values: Values): StoreChoice | { problem: string } {
  const key = values.SUPABASE_SERVICE_ROLE ?? values.SUPABASE_SECRET_KEY ?? values.SUPABASE_SERVICE_ROLE_KEY
  if (values.SUPABASE_URL !== undefined) {
    if (key !== undefined) return { kind: 'supabase', url: values.SUPABASE_URL, key }
    return {
      problem:
        'SUPABASE_URL is set without a key: ' +
        'set SUPABASE_SERVICE_ROLE to the secret (service role) key of the project',
    }
  }
  if (key !== undefined)
    return { problem: 'a Supabase key is set without SUPABASE_URL: set it to the URL of the project' }
  if (values.DATABASE_URL !== undefined) return { kind: 'postgres', url: values.DATABASE_URL }
  if (values.VERCEL === undefined) return { kind: 'embedded', dir: values.DATA_DIR }
  return {
    problem:
      'no store is configured: set SUPABASE_URL and SUPABASE_SERVICE_ROLE, or DATABASE_URL, ' +
      'in the project settings',
  }
}

function databaseOf(values: Values): Installation['database'] {
  if (values.DATABASE_URL !== undefined) return { kind: 'postgres', url: values.DATABASE_URL }
  const store = storeOf(values)
  if (!('kind' in store) || store.kind !== 'supabase') return store
  return {
    problem:
      'this needs a SQL connection: set DATABASE_URL to the connection string of the Supabase project ' +
      '(Dashboard, Connect), or use its SQL editor',
  }
}

const retentionOf = (values: Values): Installation['retention'] => ({
  texts: values.RETENTION_TEXT_DAYS,
  results: values.RETENTION_DAYS,
  ...proxyRetentionOf(values),
  archive: values.ARCHIVE_DIR ?? null,
  cron: values.PRUNE_SCHEDULE,
})

function budgetOf({
  BUDGET_USD_PER_DAY: day,
  BUDGET_USD_PER_MONTH: month,
  MAX_PRICE_PER_M: most,
}: Values): Budget | null {
  if (day === undefined && month === undefined) return null
  return { usdPerDay: day ?? null, usdPerMonth: month ?? null, maxPricePerM: most ?? null }
}

const defaultsOf = (values: Values, prompts: OwnPrompts): Defaults => ({
  prompt: promptOf(values.BENCHMARK_PROMPT, prompts),
  maxTokens: values.BENCHMARK_MAX_TOKENS,
  temperature: values.BENCHMARK_TEMPERATURE,
  timeouts: {
    connect: values.TIMEOUT_CONNECT_S * 1000,
    firstToken: values.TIMEOUT_FIRST_TOKEN_S * 1000,
    idle: values.TIMEOUT_IDLE_S * 1000,
    total: values.TIMEOUT_TOTAL_S * 1000,
  },
  order: values.BENCHMARK_ORDER === 'by-provider' ? 'by_provider' : 'sequential',
  confirm: values.BENCHMARK_CONFIRM,
  budget: budgetOf(values),
  thins: values.BUDGET_THIN === 'on',
  region: values.BENCHMARK_REGION ?? values.VERCEL_REGION ?? 'local',
  schedule: { name: 'benchmark', cron: values.BENCHMARK_SCHEDULE },
})
