import { z } from 'zod'
import type { JsonObject } from '../core/json.ts'
import {
  type Level,
  objectiveNames,
  type Plan,
  type PlannedProvider,
  type Probe,
  type Search,
  type Settings,
} from '../core/plan.ts'
import type { Work } from '../core/work.ts'
import { fromColumns, toColumns, toJson } from './columns.ts'
import { price, toPriceRowOrNull } from './price-codec.ts'

/**
 * What is added to a run that a worker holds: probes, and all levels that the run then has. Without an owner it was
 * planned while the database was away, and is taken in any case: its calls are made.
 */
export interface ExtendInput {
  runId: string
  region: string
  owner?: string
  levels: readonly Level[]
  probes: readonly Probe[]
}

/** Which probes of a run are left out: the planned ones of all, or of a region or level; and why. */
export interface SkipInput {
  runId: string
  reason: string
  region?: string
  /** Who asks: nothing is skipped if another worker has the region. */
  owner?: string
  level?: number
  /** Also those that the owner has claimed and does not call. */
  unmade?: readonly string[]
}

/** The process that works on a run in a region, and the length of its lease in ms. */
export interface Worker {
  owner: string
  leaseMs: number
}

// ---- to the database

/** What is added to a run as `extend_run` takes it. */
export const toExtendInput = ({ levels, probes, ...of }: ExtendInput): JsonObject => ({
  ...toColumns(of),
  levels: levels.map(toLevelInput),
  probes: probes.map(toProbeInput),
})

/** A plan as `start_run` takes it. */
export function toPlanInput(plan: Plan, region: string, worker?: Worker): JsonObject {
  const { id, name, trigger, mode, schedule, slot, lateAt, synthetic, settings: chosen } = plan
  const run = { id, runName: name, triggeredBy: trigger, mode, schedule, slot, lateAt, region, synthetic }
  // A fleet's is planned ahead of its slot.
  const startedAt = plan.shards && { startedAt: slot }
  return {
    run: { ...toColumns({ ...run, ...startedAt }), settings: toSettingsInput(chosen) },
    adhoc: plan.adhoc,
    providers: plan.providers.map(toProviderRow),
    probes: plan.probes.map(toProbeInput),
    worker: worker === undefined ? null : { ...toColumns(worker), region },
    ...(plan.shards && { shards: plan.shards.map(toColumns) }),
  }
}

/** Settings as a run keeps them. */
export function toSettingsInput(chosen: Settings): JsonObject {
  const levels = chosen.levels?.map(toLevelInput)
  const search = chosen.search && toColumns(chosen.search)
  const work = chosen.work && toWorkColumns(chosen.work)
  const swept = { ...(levels && { levels }), ...(search && { search }), ...(work && { work }) }
  return { ...toColumns(chosen), timeouts: toColumns(chosen.timeouts), ...swept }
}

/** A level as the settings of a run keep it. */
export const toLevelInput = ({ load: of, ...rest }: Level): JsonObject => ({
  ...toColumns(rest),
  load: toColumns(of),
})

/** A provider as `get_or_create_provider` takes it. */
export const toProviderRow = ({ id: slug, ...provider }: PlannedProvider): JsonObject =>
  toColumns({ slug, ...provider })

const toWorkColumns = ({ trace, ...rest }: Work): JsonObject => ({
  ...toColumns(rest),
  ...(trace && { trace: toColumns(trace) }),
})

const toProbeInput = ({
  target: { parameters, ...of },
  price: planned,
  asks,
  ...rest
}: Probe): JsonObject => ({
  ...toColumns(rest),
  asks: asks && toColumns(asks),
  provider: of.provider,
  model: toJson(of.model),
  parameters: toColumns(parameters),
  target_region: of.region,
  price: toPriceRowOrNull(planned),
})

// ---- from the database

const milliseconds = z.number()

export const target = z.object({
  provider: z.string(),
  model: z.string(),
  parameters: fromColumns(
    z.object({
      reasoning: z.enum(['least', 'default']),
      pin: z.string().exactOptional(),
      maxTokens: z.int().exactOptional(),
    }),
  ),
  region: z.string().nullable(),
})

const load = z.union([
  fromColumns(
    z.object({
      concurrency: z.int(),
      staggerMs: milliseconds,
      thinkMs: milliseconds.exactOptional(),
      thinkSeed: z.int().exactOptional(),
    }),
  ),
  z.object({
    rate: z.number(),
    arrivals: z.enum(['constant', 'poisson', 'trace']),
    seed: z.int().nullable(),
    slots: z.int(),
  }),
])

/** A level from the settings of a run. */
export const level: z.ZodType<Level> = fromColumns(
  z.object({
    provider: z.string(),
    model: z.string(),
    contextTokens: z.int().nullable(),
    load,
    warmups: z.int(),
    total: z.int(),
    durationMs: milliseconds.exactOptional(),
  }),
)

/** How a sweep adds levels, as the settings of a run keep it. */
export const search: z.ZodType<Search> = fromColumns(
  z.object({
    most: z.number(),
    goodput: z.number().nullable(),
    objectives: z.partialRecord(z.enum(objectiveNames), milliseconds),
    callsPerClient: z.int(),
  }),
)

/** Who reads a run is not told the texts of its prompts unless it asks for them. */
const prompts = z.array(z.object({ name: z.string(), hash: z.string(), text: z.string().default('') }))

/** What the requests of a sweep say, as the settings of a run keep it. */
export const work: z.ZodType<Work> = fromColumns(
  z.object({
    cache: z.enum(['cold', 'warm', 'shared']),
    sharedTokens: z.int().exactOptional(),
    outputs: z
      .union([z.object({ list: z.array(z.int()) }), z.object({ least: z.int(), most: z.int() })])
      .exactOptional(),
    prompts: prompts.exactOptional(),
    trace: fromColumns(
      z.object({
        name: z.string(),
        format: z.enum(['firsttoken', 'mooncake', 'azure', 'burstgpt']),
        hash: z.string(),
        requests: z.int(),
        failed: z.int(),
        speed: z.number(),
        blockTokens: z.int(),
        peakRate: z.number(),
      }),
    ).exactOptional(),
    seed: z.string(),
  }),
)

const asks = fromColumns(
  z.object({
    nonce: z.string(),
    maxTokens: z.int().exactOptional(),
    prompt: z.int().exactOptional(),
    blocks: z.array(z.string()).exactOptional(),
  }),
)

export const settings = fromColumns(
  z.object({
    prompt: z.string(),
    promptHash: z.string(),
    maxTokens: z.int(),
    temperature: z.number(),
    timeouts: fromColumns(
      z.object({ connect: milliseconds, firstToken: milliseconds, idle: milliseconds, total: milliseconds }),
    ),
    // Runs of earlier versions have none of these.
    order: z.enum(['sequential', 'by_provider']).default('sequential'),
    confirm: z.boolean().default(false),
    concurrency: z.int().default(1),
    levels: z.array(level).exactOptional(),
    search: search.exactOptional(),
    mostCalls: z.int().exactOptional(),
    mostCallUsd: z.number().exactOptional(),
    maxCostUsd: z.number().nullable().exactOptional(),
    maxErrors: z.int().nullable().exactOptional(),
    reuseConnections: z.boolean().exactOptional(),
    work: work.exactOptional(),
  }),
)

export const probe = fromColumns(
  z.object({
    id: z.string(),
    resultId: z.string(),
    target,
    iteration: z.int(),
    region: z.string(),
    series: z.string(),
    price: price.nullable(),
    estimateUsd: z.number().nullable(),
    inputUsd: z.number().nullable(),
    warmup: z.boolean().default(false),
    contextTokens: z.int().nullable().default(null),
    level: z.int().nullable().default(null),
    dueMs: milliseconds.nullable().default(null),
    asks: asks.nullable().default(null),
  }),
)
