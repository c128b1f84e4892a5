import type { Context } from 'hono'
import { z } from 'zod'
import { formulaVersion } from '../core/metrics.ts'
import { version } from '../core/version.ts'
import { describeAside, pageAside } from '../jobs/in-sweep-thread.ts'
import { readSweep } from '../jobs/read-sweep.ts'
import type { Judged } from '../jobs/sweep-tasks.ts'
import { keptObjectives } from '../report/describe-sweep.ts'
import { toLevelRow, toSearchRow } from '../report/sweep-document.ts'
import { toGroupRows } from '../report/sweep-groups.ts'
import { runRow } from '../store/read-codec.ts'
import { sweepPage } from '../store/sweep-codec.ts'
import type { Api } from './api.ts'
import { notModified, tagged } from './etag.ts'
import { oneAtATime } from './in-turn.ts'
import { maybe } from './page.ts'
import type { HttpParts } from './parts.ts'
import { refuse } from './problem-details.ts'
import { documentPolicy } from './security-headers.ts'
import { cursor, limitOf, ofKind, ofModel, ofTime } from './query.ts'
import { addSweepComparison } from './sweep-comparison.ts'
import { slo } from './sweep-query.ts'
import { sweepInDetail } from './sweep-row.ts'

const about = { method: 'get', access: 'read', tag: 'sweeps' } as const

/** Sweeps: loads on models, level by level. */
export function addSweeps(api: Api, parts: HttpParts): void {
  const inTurn = oneAtATime()
  const describe = describing(parts, inTurn)
  listSweeps(api, parts)
  addSweepComparison(api, parts, inTurn)
  readOne(api, describe)
  readReport(api, describe)
}

const listSweeps = (api: Api, { openStore }: HttpParts): void =>
  api.add(
    {
      ...about,
      path: '/sweeps',
      summary: 'Sweeps with their loads and the best of their levels, newest first',
      query: {
        ...ofModel,
        status: maybe(runRow.shape.status),
        ...ofKind,
        ...ofTime,
        after: maybe(cursor),
        limit: limitOf(50, 20),
      },
      answer: sweepPage,
    },
    async ({ query }) => (await openStore()).listSweeps(query),
  )

const asked = { params: { id: z.uuid() }, query: { slo } }

const readOne = (api: Api, describe: Describe): void =>
  api.add(
    {
      ...about,
      ...asked,
      path: '/sweeps/{id}',
      summary: 'One sweep with its levels, as far as it has come, judged by its objectives or by others',
      description:
        'The fields are those of `scripts/sweep.ts --json`, which docs/sweeps.md explains, `groups` with the knee of each target and context, and `found` with what searches found. Results carry their `level`: they are at /api/v1/results.',
      answer: sweepInDetail,
    },
    ({ params: { id }, query, context }) =>
      describe({ id, objectives: query.slo, context, as: 'json' }, async (judged) => {
        const { levels, found } = await describeAside(judged)
        const answer = {
          run: judged.recorded.run,
          objectives: judged.objectives,
          settings: judged.recorded.settings,
          levels: levels.map(toLevelRow),
          groups: toGroupRows(levels),
          found: found.map(toSearchRow),
        }
        return { text: JSON.stringify(answer), type: 'application/json' }
      }),
  )

const readReport = (api: Api, describe: Describe): void =>
  api.add(
    {
      ...about,
      ...asked,
      path: '/sweeps/{id}/report',
      summary: 'The report of one sweep as a page of HTML that loads nothing and runs no script',
      media: 'text/html',
    },
    ({ params: { id }, query, context }) =>
      describe({ id, objectives: query.slo, context, as: 'html' }, async (judged) => ({
        text: await pageAside(judged),
        type: 'text/html; charset=utf-8',
        'content-security-policy': documentPolicy,
      })),
  )

/** A sweep that is to be shown. */
interface Wanted {
  id: string
  /** Instead of those that it was started with; null for these. */
  objectives: Judged['objectives'] | null
  context: Context
  /** What is made of it. */
  as: string
}

/** What is made of it, and its headers. */
type Made = { text: string; type: string } & Record<string, string>

/** Describes a sweep, unless the caller has what came of it. Rejects with StoreError. */
type Describe = (wanted: Wanted, make: (sweep: Judged) => Promise<Made>) => Promise<Response>

/** A closed sweep is not worked out again for whoever has it. */
function describing({ openStore }: HttpParts, inTurn: ReturnType<typeof oneAtATime>): Describe {
  return async ({ id, objectives: chosen, context, as }, make) => {
    const store = await openStore()
    const { run } = await store.readRun({ id, limit: 1 })
    const of = JSON.stringify([id, run.finished_at, chosen, formulaVersion, version, as])
    const known = run.finished_at === null ? null : notModified(context, of)
    if (known !== null) return known
    return inTurn(async () => {
      const recorded = await readSweep(id, store)
      if ('problem' in recorded) return refuse('not_found', recorded.problem)
      const objectives = chosen ?? keptObjectives(recorded.settings)
      const { text, type, ...headers } = await make({ recorded, objectives })
      return tagged(context, text, { of: run.finished_at === null ? text : of, type, headers })
    })
  }
}
