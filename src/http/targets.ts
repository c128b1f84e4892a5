import { z } from 'zod'
import { sloChange } from '../core/objective.ts'
import type { TargetParameters } from '../core/plan.ts'
import { everyModel } from '../store/every-model.ts'
import { type TargetRecord, toTargetDocument } from '../store/model-codec.ts'
import type { Api } from './api.ts'
import { aboutProvider } from './named-provider.ts'
import { maybe, modelId, providerId, textOf } from './page.ts'
import type { HttpParts } from './parts.ts'
import { refuse } from './problem-details.ts'
import { everyMinutes, limitsRow, parametersRow, type TargetRow, targetRow } from './target-row.ts'

const toRow = (target: TargetRecord): TargetRow => toTargetDocument(target) as TargetRow

type ParametersRow = z.infer<typeof parametersRow>

const toParameters = ({ reasoning, pin, max_tokens: maxTokens }: ParametersRow): TargetParameters => ({
  reasoning,
  ...(pin !== undefined && { pin }),
  ...(maxTokens !== undefined && { maxTokens }),
})

const toLimits = ({ ttft_ms: ttftMs, latency_ms: latencyMs }: z.infer<typeof limitsRow>) => ({
  ...(ttftMs !== undefined && { ttftMs }),
  ...(latencyMs !== undefined && { latencyMs }),
})

const toEvery = (minutes: number | null | undefined) => minutes !== undefined && { everyMinutes: minutes }

const about = { path: '/targets', tag: 'targets' } as const
const region = textOf({ most: 200 }).nullable().default(null)
/** Targets. */
export const targetList = z.strictObject({ rows: z.array(targetRow) })

/** Targets of a change. */
export const changedTargets = z.strictObject({
  rows: z.array(targetRow),
  /** How many of them are other than before. */
  changed: z.int(),
})

/** What every run calls. */
export function addTargets(api: Api, parts: HttpParts): void {
  listTargets(api, parts)
  createTarget(api, parts)
  switchTargets(api, parts)
}

const listTargets = (api: Api, { openStore }: HttpParts): void =>
  api.add(
    {
      ...about,
      method: 'get',
      access: 'read',
      summary: 'Targets: what every run calls (active), and what it calls no more',
      query: { provider: maybe(providerId) },
      answer: targetList,
    },
    async ({ query: { provider } }) => {
      const models = await everyModel(await openStore(), provider === null ? null : [provider])
      return { rows: models.flatMap(({ targets }) => targets.map(toRow)) }
    },
  )

const createTarget = (api: Api, parts: HttpParts): void =>
  api.add(
    {
      ...about,
      method: 'post',
      access: 'admin',
      summary: 'Add a target, or activate it if there is one with these parameters',
      description: 'The model need not be known yet.',
      body: z.strictObject({
        provider: providerId,
        model: modelId,
        parameters: parametersRow.default({ reasoning: 'least' }),
        region,
        limits: limitsRow.default({}),
        slo: sloChange.default({}),
        every_minutes: everyMinutes,
      }),
      answer: changedTargets,
    },
    async ({ body: { parameters, limits, every_minutes: every, ...target } }) => {
      const named = aboutProvider(target.provider, parts)
      if (named === null) return refuse('not_found', `there is no provider ${target.provider}`)
      const store = await parts.openStore()
      const input = {
        ...target,
        about: named,
        parameters: toParameters(parameters),
        limits: toLimits(limits),
        active: true,
        ...toEvery(every),
      }
      const { rows, changed } = await store.setTarget(input)
      return { rows: rows.map(toRow), changed }
    },
  )

const limiting =
  'Three samples in a row above a limit open an incident `limit`, whatever is usual: docs/alerts.md. A limit is a whole number of ms up to an hour; ' +
  'null takes it away, and one that is left out stays. Objectives (`slo`) are set in the same way: docs/objectives.md. So is `every_minutes`, ' +
  'how far apart scheduled calls are at least, up to a day; null is every slot of the schedule.'

const switchTargets = (api: Api, parts: HttpParts): void =>
  api.add(
    {
      ...about,
      method: 'patch',
      access: 'admin',
      summary:
        'Activate, deactivate or limit a target, or set its objectives or interval; without parameters every target of a model',
      description: limiting,
      body: z
        .strictObject({
          provider: providerId,
          model: modelId,
          /** Left as it is if it is left out. */
          active: z.boolean().exactOptional(),
          parameters: parametersRow.nullable().default(null),
          region,
          limits: limitsRow.default({}),
          slo: sloChange.default({}),
          every_minutes: everyMinutes,
        })
        .refine(
          ({ active, limits, slo, every_minutes: every }) =>
            active !== undefined || every !== undefined || Object.keys({ ...limits, ...slo }).length > 0,
          { path: ['active'], error: 'is needed, or limits, or slo, or every_minutes' },
        ),
      answer: changedTargets,
    },
    async ({ body: { parameters, limits, active = null, every_minutes: every, ...target } }) => {
      const store = await parts.openStore()
      const known = await everyModel(store, [target.provider])
      if (known.every(({ model }) => model !== target.model))
        return refuse('not_found', `${target.provider} has no model ${target.model} that is known`)
      const given = parameters === null ? null : toParameters(parameters)
      const { rows, changed } = await store.setTarget({
        ...target,
        about: aboutProvider(target.provider, parts),
        parameters: given,
        limits: toLimits(limits),
        active,
        ...toEvery(every),
      })
      return { rows: rows.map(toRow), changed }
    },
  )
