import { z } from 'zod'
import type { TargetParameters } from '../core/plan.ts'
import { toColumns } from '../store/columns.ts'
import { everyModel } from '../store/every-model.ts'
import type { TargetRecord } from '../store/model-codec.ts'
import type { Api } from './api.ts'
import { aboutProvider } from './named-provider.ts'
import { maybe, modelId, providerId, textOf } from './page.ts'
import type { HttpParts } from './parts.ts'
import { refuse } from './problem-details.ts'
import { parametersRow, type TargetRow, targetRow } from './target-row.ts'

const toRow = ({ parameters, ...target }: TargetRecord): TargetRow =>
  ({ ...target, parameters: toColumns(parameters) }) as TargetRow

type ParametersRow = z.infer<typeof parametersRow>

const toParameters = ({ reasoning, pin, max_tokens: maxTokens }: ParametersRow): TargetParameters => ({
  reasoning,
  ...(pin !== undefined && { pin }),
  ...(maxTokens !== undefined && { maxTokens }),
})

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
      }),
      answer: changedTargets,
    },
    async ({ body: { parameters, ...target } }) => {
      const named = aboutProvider(target.provider, parts)
      if (named === null) return refuse('not_found', `there is no provider ${target.provider}`)
      const store = await parts.openStore()
      const input = { ...target, about: named, parameters: toParameters(parameters), active: true }
      const { rows, changed } = await store.setTarget(input)
      return { rows: rows.map(toRow), changed }
    },
  )

const switchTargets = (api: Api, parts: HttpParts): void =>
  api.add(
    {
      ...about,
      method: 'patch',
      access: 'admin',
      summary: 'Activate or deactivate a target, or without parameters every target of a model',
      body: z.strictObject({
        provider: providerId,
        model: modelId,
        active: z.boolean(),
        parameters: parametersRow.nullable().default(null),
        region,
      }),
      answer: changedTargets,
    },
    async ({ body: { parameters, ...target } }) => {
      const store = await parts.openStore()
      const known = await everyModel(store, [target.provider])
      if (known.every(({ model }) => model !== target.model))
        return refuse('not_found', `${target.provider} has no model ${target.model} that is known`)
      const given = parameters === null ? null : toParameters(parameters)
      const { rows, changed } = await store.setTarget({
        ...target,
        about: aboutProvider(target.provider, parts),
        parameters: given,
      })
      return { rows: rows.map(toRow), changed }
    },
  )
