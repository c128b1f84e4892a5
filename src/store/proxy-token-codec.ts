import { z } from 'zod'
import type { JsonObject } from '../core/json.ts'
import { date, fromColumns, toColumns } from './columns.ts'
import type { Charge } from './proxy-token-store.ts'
import { count, figure, moment } from './read-codec.ts'

/** A proxy token as people see it: never the token, nor its hash. */
export const proxyTokenRow = z
  .object({
    id: z.string(),
    /** How the client is called. */
    name: z.string(),
    /** The last four characters of the token. */
    hint: z.string(),
    /** Limits of a day (UTC); null: none. */
    requests_per_day: z.int().nullable(),
    usd_per_day: figure,
    created_at: moment,
    revoked_at: moment.nullable(),
    /** To the minute; null if it was never used. */
    last_used_at: moment.nullable(),
    /** What it was used for since midnight (UTC). */
    requests_today: count,
    usd_today: z.number(),
  })
  .meta({ id: 'ProxyToken' })

export const proxyTokenList = z.object({ rows: z.array(proxyTokenRow) })
export const createdProxyToken = z.union([
  z.object({ created: z.literal(true), token: proxyTokenRow }),
  z.object({ created: z.literal(false), token: z.null() }),
])
export const limitedProxyToken = z.object({ token: proxyTokenRow.nullable() })
export const revokedProxyToken = z.object({ revoked: z.boolean() })
export const chargedProxyTokens = z.object({ charged: count })

const token = z.object({ id: z.string(), name: z.string() })
const admitted = z.object({
  refused: z.null(),
  token,
  /** The day (UTC) that the request counts for: `2026-11-30`. */
  day: z.string(),
})
const strange = z.object({ refused: z.enum(['unknown', 'revoked']) })
const spent = z.object({
  refused: z.enum(['requests', 'usd']),
  token,
  /** The limit that is reached, in requests or USD a day. */
  limit: z.number(),
  /** When the next day begins. */
  resetsAt: date,
})

/** Whether a token opens the proxy for one more request. */
export const admission = fromColumns(z.discriminatedUnion('refused', [admitted, strange, spent]))

/** The input of charge_proxy_tokens. */
export const toChargeInput = ({ id, charges }: { id: string; charges: readonly Charge[] }): JsonObject => ({
  id,
  charges: charges.map(toColumns),
})
