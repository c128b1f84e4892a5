import { z } from 'zod'
import { formulaVersion } from '../core/metrics.ts'
import { readSweep } from '../jobs/read-sweep.ts'
import { describeSweep, keptObjectives, parseObjectives } from '../report/describe-sweep.ts'
import { toLevelRow } from '../report/sweep-document.ts'
import { runRow } from '../store/read-codec.ts'
import { sweepPage } from '../store/sweep-codec.ts'
import type { Api } from './api.ts'
import { notModified, taggedJson } from './etag.ts'
import { maybe } from './page.ts'
import type { HttpParts } from './parts.ts'
import { refuse } from './problem-details.ts'
import { cursor, limitOf, ofKind, ofModel, ofTime } from './query.ts'
import { sweepInDetail } from './sweep-row.ts'

const about = { method: 'get', access: 'read', tag: 'sweeps' } as const

/** Sweeps: loads on models, level by level. */
export function addSweeps(api: Api, parts: HttpParts): void {
  listSweeps(api, parts)
  readOne(api, parts)
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

/** What a good request is to keep, as `--slo` has it. */
const slo = maybe(
  z
    .string()
    .max(200)
    .transform((text, context) => {
      const parsed = parseObjectives(text)
      if ('objectives' in parsed) return parsed.objectives
      context.addIssue({ code: 'custom', message: parsed.problem })
      return z.NEVER
    })
    .openapi({ type: 'string', description: 'Judges by these objectives: `ttft=500ms,tpot=30ms`' }),
)

const readOne = (api: Api, { openStore }: HttpParts): void => {
  const inTurn = oneAtATime()
  api.add(
    {
      ...about,
      path: '/sweeps/{id}',
      summary: 'One sweep with its levels, as far as it has come, judged by its objectives or by others',
      description:
        'The fields are those of `scripts/sweep.ts --json`; docs/sweeps.md explains them. Results carry their `level`: they are at /api/v1/results.',
      params: { id: z.uuid() },
      query: { slo },
      answer: sweepInDetail,
    },
    async ({ params: { id }, query: { slo: asked }, context }) => {
      const store = await openStore()
      const { run } = await store.readRun({ id, limit: 1 })
      // A closed sweep is not worked out again for whoever has it.
      const of = [id, run.finished_at, asked, formulaVersion]
      const known = run.finished_at === null ? null : notModified(context, of)
      if (known !== null) return known
      return inTurn(async () => {
        const recorded = await readSweep(id, store)
        if ('problem' in recorded) return refuse('not_found', recorded.problem)
        const { settings, levels, rows } = recorded
        const objectives = asked ?? keptObjectives(settings)
        const described = describeSweep(levels, rows, { objectives, cpuShares: new Map() })
        const answer = { run: recorded.run, objectives, settings, levels: described.map(toLevelRow) }
        return taggedJson(context, answer, run.finished_at === null ? answer : of)
      })
    },
  )
}

/** Makes one after another: a sweep has up to 100,000 results, which are in memory while it is described. */
function oneAtATime() {
  let last: Promise<unknown> = Promise.resolve()
  return <Output>(make: () => Promise<Output>): Promise<Output> => {
    const made = last.then(make)
    last = made.catch(() => undefined)
    return made
  }
}
