import { z } from 'zod'
import { enteredChannel } from '../alerts/channel-settings.ts'
import { everyPattern, everyProblem } from '../core/every.ts'
import { channelKinds, incidentKinds, severities } from '../core/incident.ts'
import { ownCategory, promptName, promptText } from '../registry/own-prompt.ts'
import { isBuiltIn } from '../registry/prompts.ts'
import { windowProblems } from '../run/maintenance.ts'
import { rulesSchema } from './rules.ts'
import { known, text, whole } from './schema-parts.ts'
import { settingsSchema } from './settings.ts'

/** Most entries of a section. */
const most = 2000

const model = z
  .string()
  .max(500)
  .regex(/^[^/\s]+\/\S+$/, 'must be <provider>/<model>, such as openai/gpt-4.1-mini')
  .describe('a provider by its id and a model by its name there')

const ms = whole(1, 3_600_000)
const limits = known({
  ttft_ms: ms.exactOptional().describe('a slower first token is an incident'),
  latency_ms: ms.exactOptional().describe('a slower answer is an incident'),
}).describe('what is too slow, whatever is usual')

const share = z
  .number()
  .gt(0.5, 'must be more than 0.5')
  .lt(1, 'must be less than 1')
  .describe('the share that must be good, such as 0.99')
const within = known({ within_ms: ms.describe('what takes longer is bad'), share })
const slo = known({
  days: whole(7, 90).exactOptional().describe('of the window; 30, if none are said'),
  availability: share.exactOptional().describe('the share of checks that must not fail'),
  ttft: within.exactOptional().describe('the share of first tokens that must be in time'),
  latency: within.exactOptional().describe('the share of answers that must be in time'),
})
  .refine(({ days, ...objectives }) => days === undefined || Object.keys(objectives).length > 0, {
    error: 'must have an objective beside days: availability, ttft or latency',
  })
  .describe('its objectives')

const target = known({
  model,
  reasoning: z.enum(['least', 'default']).default('least').describe('turned down, or as the provider has it'),
  max_tokens: whole(1, 2_147_483_647)
    .exactOptional()
    .describe('output limit, if it is not that of the settings'),
  pin: text(200).exactOptional().describe('the host that a router is to use'),
  region: text(200).exactOptional().describe('the region that alone calls it; without one, every region'),
  regions: z
    .array(text(200))
    .min(1, 'must not be empty')
    .max(100)
    .exactOptional()
    .describe('a target in each of these regions'),
  active: z.boolean().default(true).describe('whether scheduled runs call it'),
  every: z
    .string(everyProblem)
    .regex(everyPattern, everyProblem)
    .exactOptional()
    .describe('how far apart its scheduled calls are at least; without, it is called in every slot'),
  limits: limits.prefault({}),
  slo: slo.prefault({}),
}).refine(({ region, regions }) => region === undefined || regions === undefined, {
  path: ['regions'],
  error: 'cannot be set beside region',
})

const orNull = <Value extends z.ZodType>(value: Value) => value.nullable().default(null)
const component = known({
  key: z
    .string()
    .max(1200)
    .regex(
      /^[a-z\d-]+(\/[a-z\d-]+){0,2}(~\d+)?$/,
      'must be a component as `scripts/status.ts list` names it, such as openai/gpt-4-1-mini, or a provider',
    ),
  name: orNull(text(200)).describe('what it is called there'),
  group: orNull(text(200)).describe('what it stands below; without one, its provider'),
  position: orNull(whole(0, 1_000_000)).describe('what has one comes first'),
  hidden: z.boolean().default(false).describe('whether it is shown nowhere'),
  description: orNull(text(1000)),
})
  .refine(
    ({ name, group, position, hidden, description }) =>
      hidden || [name, group, position, description].some((value) => value !== null),
    {
      error: 'must have something beside its key: name, group, position, hidden or description',
    },
  )
  .refine(({ key, group }) => key.includes('/') || group === null, {
    path: ['group'],
    error: 'is for components: a provider is a group itself, and can have a name',
  })

const rate = z.number().min(0, 'must be a number from 0 on').max(1e9, 'must be at most 1000000000')
const hour = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of the day in UTC, such as 22:30')
const override = known({
  over_input_tokens: rate.exactOptional().describe('for calls with more input tokens'),
  from_utc: hour.exactOptional().describe('from this time of the day on'),
  to_utc: hour.exactOptional(),
  input: rate.exactOptional(),
  output: rate.exactOptional(),
  cached: rate.exactOptional(),
  cache_write: rate.exactOptional(),
  reasoning: rate.exactOptional(),
})
const priceSchema = known({
  model,
  input: rate.describe('USD per million input tokens'),
  output: rate.describe('USD per million output tokens'),
  cached: rate.exactOptional().describe('of cached input tokens'),
  cache_write: rate.exactOptional().describe('of input tokens that are written to a cache'),
  reasoning: rate.exactOptional().describe('of reasoning tokens, if it is not that of output'),
  overrides: z
    .array(override)
    .max(20)
    .default([])
    .describe('rates that apply for some calls; the later entry wins'),
})

const prompt = known({
  name: promptName.refine((name) => !isBuiltIn(name), {
    error: 'is the name of a prompt that comes with the program: choose another',
  }),
  category: ownCategory.default('other').describe('what it asks for'),
  text: promptText,
})

const settings = z.record(z.string(), z.string().max(16_384)).default({})

/** A channel by the names of the file; what each kind needs is judged as that of a channel entered by hand. */
const channel = (egressAllow: readonly string[]) =>
  known({
    name: z.string(),
    kind: z.enum(channelKinds),
    enabled: z.boolean().default(true),
    min_severity: z.enum(severities).default('info').describe('nothing milder is told'),
    kinds: z
      .array(z.enum(incidentKinds))
      .max(incidentKinds.length)
      .default([])
      .describe('of incidents; none: all'),
    weekly: z.boolean().default(false).describe('whether it is told what changed in each week'),
    settings: settings.describe('what is no secret'),
    secrets: settings.describe('the names of ALERT_ variables that hold the secrets, never the secrets'),
  }).superRefine(({ min_severity: minSeverity, ...rest }, context) => {
    const entered = enteredChannel(egressAllow).safeParse({ ...rest, minSeverity })
    for (const { path, message } of entered.error?.issues ?? [])
      context.addIssue({ code: 'custom', path: [...path], message })
  })

const moment = z.iso
  .datetime({ offset: true, error: 'must be a moment, such as 2026-12-01T22:00:00Z' })
  .nullable()
  .default(null)

const window = known({
  name: text(100),
  scope: z
    .string()
    .max(250)
    .regex(
      /^(all|(provider|target)\/.+)$/,
      'must be all, provider/<its id> or target/<as `scripts/config.ts export` names it>',
    )
    .default('all'),
  starts_at: moment,
  ends_at: moment,
  cron: text(200).nullable().default(null).describe('when it begins each time, in its time zone'),
  duration_minutes: whole(1, 10_080).nullable().default(null),
  time_zone: text(100).nullable().default(null),
  reason: text(2000).nullable().default(null),
}).superRefine((given, context) => {
  for (const { path, message } of windowProblems(given))
    context.addIssue({ code: 'custom', path: [path], message })
})

const section = <Entry extends z.ZodType>(entry: Entry) => z.array(entry).max(most).exactOptional()

/** The schema of the file. Addresses of channels must be public, or among these hosts. */
export const documentSchema = (egressAllow: readonly string[]) =>
  known({
    settings: settingsSchema.prefault({}),
    targets: section(target).describe('what is benchmarked'),
    components: section(component).describe('how the public status page shows components and providers'),
    prices: section(priceSchema).describe('prices of your own, which no sync replaces'),
    prompts: section(prompt).describe('prompts of your own, which settings and benchmarks may name'),
    rules: rulesSchema.exactOptional().describe('numbers by which incidents are judged'),
    channels: section(channel(egressAllow)).describe('who is told of incidents'),
    maintenance: section(window).describe('when results do not count and nobody is told'),
  })

/** What the file says. */
export type ConfigDocument = z.output<ReturnType<typeof documentSchema>>

/** The JSON Schema of the file, for editors: what it describes is what the file may say before a closer look at each value. */
export const jsonSchema = (): string =>
  `${JSON.stringify({ title: 'firsttoken.yaml', ...z.toJSONSchema(documentSchema([]), { io: 'input' }) }, null, 2)}\n`
