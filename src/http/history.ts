import { z } from 'zod'
import { suite, suiteInFull, suiteRun } from '../store/read-codec.ts'
import type { Api } from './api.ts'
import { maybe, modelId, providerId } from './page.ts'
import type { HttpParts } from './parts.ts'
import { flag, limitOf, mode, ofKind } from './query.ts'

const about = { tag: 'history', access: 'read' } as const
const id = z.uuid()
const text = flag.default(false)

/** A suite with its runs, each with the sum of its tokens. */
export const suiteInDetail = suiteInFull.extend({
  runs: z.array(suiteRun.extend({ total_tokens: z.int().nullable() })),
})

/** Suites. */
export const suites = z.array(suite)

/** What is said of a suite that is gone. */
export const deletedSuite = z.strictObject({ status: z.literal('deleted'), suite_id: z.string() })

/** Runs under the names of an earlier API: suites, whose results are runs and whose `ttfb` is TTFT. */
export function addHistory(api: Api, parts: HttpParts): void {
  listHistory(api, parts)
  readHistory(api, parts)
  deleteHistory(api, parts)
}

const listHistory = (api: Api, { openStore }: HttpParts): void =>
  api.add(
    {
      ...about,
      method: 'get',
      path: '/history',
      summary: 'Runs as suites, newest first: an array, as an earlier API has it',
      description: '`multi` finds runs of several providers or models.',
      query: {
        provider_id: maybe(providerId),
        model: maybe(modelId),
        mode: maybe(mode),
        status: maybe(suite.shape.status),
        ...ofKind,
        text,
        limit: limitOf(200, 50),
        offset: z.coerce.number().int().min(0).max(1e9).default(0),
      },
      answer: suites,
    },
    async ({ query: { provider_id: of, text: withTexts, ...query } }) =>
      (await (await openStore()).listHistory({ ...query, providerId: of, withTexts })).rows,
  )

const readHistory = (api: Api, { openStore }: HttpParts): void =>
  api.add(
    {
      ...about,
      method: 'get',
      path: '/history/{id}',
      summary: 'One run as a suite with its results',
      params: { id },
      query: { text },
      answer: suiteInDetail,
    },
    async ({ params, query: { text: withTexts } }) => {
      const { runs, ...found } = await (await openStore()).readHistory({ ...params, withTexts })
      return { ...found, runs: runs.map((run) => ({ ...run, total_tokens: tokensOf(run) })) }
    },
  )

const deleteHistory = (api: Api, { openStore }: HttpParts): void =>
  api.add(
    {
      ...about,
      method: 'delete',
      path: '/history/{id}',
      access: 'admin',
      summary: 'Delete a closed run with all it has',
      params: { id },
      answer: deletedSuite,
    },
    async ({ params }) => {
      const { id: deleted } = await (await openStore()).deleteRun(params)
      return { status: 'deleted' as const, suite_id: deleted }
    },
  )

/** The tokens of a result in both directions; null if one of them is unknown. */
const tokensOf = ({ input_tokens: input, output_tokens: output }: z.infer<typeof suiteRun>) =>
  input === null || output === null ? null : input + output
