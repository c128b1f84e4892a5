import { z } from 'zod'
import { incidentKinds } from '../core/incident.ts'
import { known, text } from './schema-parts.ts'

const setting = <Value extends z.ZodType>(variable: string, schema: Value, about: string) => ({
  variable,
  schema: schema.describe(about),
  about,
})

const line = text(20_000)
const yes = z.boolean()
const number = z.number()
const cron = 'cron expression in UTC'
const days = z.union([z.number(), z.literal('off')], { error: 'must be a number of days, or off' })
const list = <Entry extends z.ZodType>(entry: Entry) => z.array(entry).max(100)

/**
 * What `settings` of the file may say, by its name, and the variable that says it too. Neither keys and
 * addresses that may hold one, nor what a machine is (its folders, hosts and ports). Which values are allowed is
 * judged once, as those of the variables.
 */
export const fileSettings = {
  prompt: setting(
    'BENCHMARK_PROMPT',
    line,
    'a built-in prompt or one of `prompts` by name, or the text itself',
  ),
  max_tokens: setting('BENCHMARK_MAX_TOKENS', number, 'output limit'),
  temperature: setting('BENCHMARK_TEMPERATURE', number, '0 to 2'),
  schedule: setting('BENCHMARK_SCHEDULE', line, `when targets are benchmarked: ${cron}`),
  order: setting(
    'BENCHMARK_ORDER',
    z.enum(['sequential', 'by-provider']),
    'in which order targets are called',
  ),
  confirm: setting('BENCHMARK_CONFIRM', yes, "whether a failure by the provider's fault is rechecked"),
  region: setting('BENCHMARK_REGION', line, 'where probes are called from'),
  rate_limit: setting(
    'BENCHMARK_RATE_LIMIT',
    number,
    'runs on demand that one client may start within any hour',
  ),
  jobs: setting('BENCHMARK_JOBS', number, 'runs on demand that are at work at once'),
  fan_out: setting('BENCHMARK_FAN_OUT', number, 'calls of the cron endpoint that make a slot together'),
  budget_usd_per_day: setting('BUDGET_USD_PER_DAY', number, 'the most that calls may cost per UTC day'),
  budget_usd_per_month: setting('BUDGET_USD_PER_MONTH', number, 'the most that calls may cost per UTC month'),
  budget_thin: setting(
    'BUDGET_THIN',
    z.enum(['on', 'off']),
    'whether the dearest targets are called less often, so that a budget lasts',
  ),
  max_price_per_m: setting(
    'MAX_PRICE_PER_M',
    number,
    'the assumed price of a model without one, per million tokens',
  ),
  timeout_connect_s: setting('TIMEOUT_CONNECT_S', number, 'seconds to a usable socket'),
  timeout_first_token_s: setting(
    'TIMEOUT_FIRST_TOKEN_S',
    number,
    'seconds from the request to the first token',
  ),
  timeout_idle_s: setting('TIMEOUT_IDLE_S', number, 'seconds between two tokens'),
  timeout_total_s: setting('TIMEOUT_TOTAL_S', number, 'seconds for the whole call'),
  incident_shadow: setting(
    'INCIDENT_SHADOW',
    list(z.enum(incidentKinds)),
    'kinds of incidents that are shown and told to nobody',
  ),
  alert_fallback: setting('ALERT_FALLBACK', line, 'the channel that is told what another could not be told'),
  sync_schedule: setting('SYNC_SCHEDULE', line, `when providers are asked for their models: ${cron}`),
  sync_heal: setting(
    'SYNC_HEAL',
    yes,
    'whether a sync switches targets whose model is leaving to its successor',
  ),
  official_status: setting(
    'OFFICIAL_STATUS',
    z.enum(['on', 'off']),
    'whether providers are asked what they say of themselves',
  ),
  status_page: setting('STATUS_PAGE', z.enum(['off', 'public']), 'whether anybody may read the status page'),
  status_title: setting('STATUS_TITLE', line, 'its title'),
  status_logo_url: setting('STATUS_LOGO_URL', line, 'the address of its logo: public, and https'),
  status_host: setting('STATUS_HOST', line, 'the host name at which it is all that is answered'),
  retention_text_days: setting('RETENTION_TEXT_DAYS', days, 'days to keep response texts, or off'),
  retention_days: setting('RETENTION_DAYS', days, 'days to keep results, at least 31, or off'),
  proxy_retention_days: setting(
    'PROXY_RETENTION_DAYS',
    days,
    'days to keep single requests of the proxy, or off',
  ),
  proxy_capture: setting(
    'PROXY_CAPTURE',
    z.union([z.enum(['off', 'all']), number], { error: 'must be off, all, or a share such as 0.05' }),
    'of which requests of the proxy texts are kept: off, all, or a share such as 0.05',
  ),
  proxy_capture_days: setting('PROXY_CAPTURE_DAYS', number, 'days to keep them'),
  prune_schedule: setting('PRUNE_SCHEDULE', line, `when older ones are deleted: ${cron}`),
} as const

/** The schema of `settings`. */
export const settingsSchema = known(
  Object.fromEntries(
    Object.entries(fileSettings).map(([name, { schema }]) => [name, schema.exactOptional()]),
  ),
)

/** The settings as the variables that say the same. */
export const toVariables = (settings: z.infer<typeof settingsSchema>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(fileSettings).flatMap(([name, { variable }]) => {
      const value = settings[name]
      return value === undefined ? [] : [[variable, asText(value)]]
    }),
  )

/** Amounts and days are written without an exponent, as a person writes them into the environment. */
const asText = (value: unknown): string =>
  typeof value === 'number'
    ? value.toLocaleString('en', { useGrouping: false, maximumFractionDigits: 20 })
    : String(value)

/** The name in the file of what a variable says, or null if only the environment may say it. */
export const settingOf = (variable: string): string | null =>
  Object.entries(fileSettings).find(([, each]) => each.variable === variable)?.[0] ?? null
