import { z } from 'zod'
import { lookUp } from '../core/json.ts'
import { nextSlot } from '../run/slot.ts'
import { upkeep } from '../store/statistics-codec.ts'
import type { Api } from './api.ts'
import type { HttpParts } from './parts.ts'

const { what, oldest_at, bytes } = upkeep.shape.kept.element.shape

/** What is kept. */
export const retained = z.strictObject({
  rows: z.array(
    z.strictObject({
      /** Texts are part of the results, as are timelines and probes. */
      what,
      /** Null is forever. */
      kept_days: z.number().nullable(),
      /** The variable that says so; null if none does. */
      set_by: z.string().nullable(),
      oldest_at,
      /** On disk, with its indexes; null if it is not known apart from the rest. */
      bytes,
    }),
  ),
  /** The whole database on disk. */
  bytes: upkeep.shape.bytes,
  /** Results before this are deleted or about to be; null if none ever were. */
  pruned_until: upkeep.shape.pruned_until,
  /** When the schedule prunes next; null if never. */
  next_prune_at: z.iso.datetime().nullable(),
})

/** What is kept for how long, and how much that is. */
export const addRetention = (api: Api, { app, openStore }: HttpParts): void =>
  api.add(
    {
      method: 'get',
      path: '/retention',
      access: 'read',
      tag: 'health',
      summary: 'What is kept for how long, since when, and its size on disk; when it is pruned next',
      answer: retained,
    },
    async () => {
      const { texts, results, proxy, proxyTexts, cron } = app.config.retention
      const found = await (await openStore()).readUpkeep({})
      const set = {
        texts: { kept_days: texts, set_by: 'RETENTION_TEXT_DAYS' },
        results: { kept_days: results, set_by: 'RETENTION_DAYS' },
        proxy_requests: { kept_days: proxy, set_by: 'PROXY_RETENTION_DAYS' },
        proxy_texts: { kept_days: proxyTexts, set_by: 'PROXY_CAPTURE_DAYS' },
      }
      return {
        rows: found.kept.map(({ kept_days, ...row }) => ({
          ...row,
          ...(lookUp(set, row.what) ?? { kept_days, set_by: null }),
        })),
        bytes: found.bytes,
        pruned_until: found.pruned_until,
        next_prune_at: nextSlot(cron, new Date(found.now))?.toISOString() ?? null,
      }
    },
  )
