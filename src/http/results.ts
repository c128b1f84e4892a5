import { z } from 'zod'
import { orNull, resultInFull, runRow } from '../store/read-codec.ts'
import { decodeTimeline } from '../store/timeline.ts'
import type { Api } from './api.ts'
import { page } from './page.ts'
import type { HttpParts } from './parts.ts'
import { refuse } from './problem-details.ts'
import { flag, limitOf } from './query.ts'
import { resultFilters, toSelection } from './result-filters.ts'
import { resultRow } from './result-row.ts'
import { timelineDocument, toTimelineDocument } from './timeline-document.ts'

const about = { method: 'get', access: 'read', tag: 'results' } as const

/** Results. */
export const resultPage = page(resultRow)

/** A result in full. */
export const resultInDetail = z.object({
  result: resultRow.extend({
    /** The result that rechecks this one. */
    rechecked_by: z.string().nullable(),
  }),
  run: runRow,
  /** Null unless it is asked for and was kept. */
  timeline: orNull(timelineDocument),
})

/** What single calls brought. */
export function addResults(api: Api, parts: HttpParts): void {
  listResults(api, parts)
  readResult(api, parts)
}

const listResults = (api: Api, { openStore }: HttpParts): void =>
  api.add(
    {
      ...about,
      path: '/results',
      summary: 'Results, oldest first; /api/v1/export gives all of them as a file',
      query: { ...resultFilters, limit: limitOf(500, 100) },
      answer: resultPage,
    },
    async ({ query: { limit, ...filters } }) => {
      const store = await openStore()
      const { rows, next } = await store.listResults({ ...toSelection(filters), limit })
      return { rows: rows as z.infer<typeof resultRow>[], next }
    },
  )

const readResult = (api: Api, { app, openStore }: HttpParts): void =>
  api.add(
    {
      ...about,
      path: '/results/{id}',
      summary: 'One result with its run and, if asked, its text and its timeline: every event of the stream',
      params: { id: z.uuid() },
      query: { text: flag.default(false), timeline: flag.default(false) },
      answer: resultInDetail,
    },
    async ({ params, query: { text: withTexts, timeline: withTimeline } }) => {
      const store = await openStore()
      const { result, run, timeline } = await store.readResult({ ...params, withTexts, withTimeline })
      const decoded = timeline && (await decodeTimeline(timeline).catch((error: Error) => error))
      if (decoded instanceof Error) {
        app.log.error({ result: params.id, error: decoded.message }, 'a timeline cannot be read')
        return refuse('store_failed', 'the timeline of this result cannot be read; the log says more')
      }
      return {
        result: result as z.infer<typeof resultInFull>['result'] & z.infer<typeof resultRow>,
        run,
        timeline: decoded && toTimelineDocument(decoded),
      }
    },
  )
