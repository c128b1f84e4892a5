import { maybe } from './page.ts'
import { z } from 'zod'
import type { ResultSelection } from '../store/result-pages.ts'
import { cursor, flag, mode, ofKind, ofModel, ofTime } from './query.ts'
import { errorKind } from './result-row.ts'

/** Which results are asked for: the query parameters of every list of them. */
export const resultFilters = {
  run_id: maybe(z.uuid()),
  target_id: maybe(z.uuid()),
  ...ofModel,
  success: maybe(flag),
  error_kind: maybe(errorKind),
  mode: maybe(mode),
  ...ofKind,
  ...ofTime,
  text: flag.default(false),
  after: maybe(cursor),
}

/** The same as the store takes it. */
export function toSelection(query: z.output<z.ZodObject<typeof resultFilters>>): ResultSelection {
  const { run_id: runId, target_id: targetId, error_kind: kind, text: withTexts, ...rest } = query
  return { ...rest, runId, targetId, errorKind: kind, withTexts }
}
