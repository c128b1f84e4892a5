import { z } from 'zod'
import { deletedRun, runInFull, runPage, runRow } from '../store/read-codec.ts'
import type { Api } from './api.ts'
import { maybe, textOf } from './page.ts'
import type { HttpParts } from './parts.ts'
import { cursor, flag, limitOf, mode, ofKind, ofModel, ofTime } from './query.ts'

const about = { tag: 'runs', access: 'read' } as const
const id = z.uuid()

/** Runs: what was called together. */
export function addRuns(api: Api, parts: HttpParts): void {
  listRuns(api, parts)
  readRun(api, parts)
  deleteRun(api, parts)
}

const listRuns = (api: Api, { openStore }: HttpParts): void =>
  api.add(
    {
      ...about,
      method: 'get',
      path: '/runs',
      summary: 'Runs with their providers and models, newest first',
      description:
        '`q` is words that must all be in its id, name, schedule, mode, trigger, region, status, providers, models or kinds of errors.',
      query: {
        ...ofModel,
        mode: maybe(mode),
        trigger: maybe(z.enum(['cron', 'manual', 'api'])),
        status: maybe(runRow.shape.status),
        q: maybe(textOf({ most: 200 })),
        ...ofKind,
        ...ofTime,
        after: maybe(cursor),
        limit: limitOf(200, 50),
      },
      answer: runPage,
    },
    async ({ query }) => (await openStore()).listRuns(query),
  )

const readRun = (api: Api, { openStore }: HttpParts): void =>
  api.add(
    {
      ...about,
      method: 'get',
      path: '/runs/{id}',
      summary: 'One run: its settings, a summary by target, and its probes with their results page by page',
      params: { id },
      query: {
        text: flag.default(false).describe('Whether the prompt and the answers come too'),
        after: z.coerce.number().int().min(0).max(1e9).default(0),
        limit: limitOf(500, 100),
      },
      answer: runInFull,
    },
    async ({ params, query: { text: withTexts, ...page } }) =>
      (await openStore()).readRun({ ...params, withTexts, ...page }),
  )

const deleteRun = (api: Api, { openStore }: HttpParts): void =>
  api.add(
    {
      ...about,
      method: 'delete',
      path: '/runs/{id}',
      access: 'admin',
      summary: 'Delete a closed run with all it has, and say how much that was',
      params: { id },
      answer: deletedRun,
    },
    async ({ params }) => (await openStore()).deleteRun(params),
  )
