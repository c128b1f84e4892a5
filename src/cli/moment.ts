import { z } from 'zod'

/** A day or a time on a command line, UTC unless it says otherwise. */
export const moment = z
  .union([z.iso.date(), z.iso.datetime({ offset: true })], {
    error: 'must be a date such as 2026-11-20 or 2026-11-20T10:15:00Z',
  })
  .transform((text) => new Date(text))
