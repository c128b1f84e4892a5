import { randomUUID } from 'node:crypto'
import type { Sql } from '../../src/store/connection.ts'

/** An incident of the status page's tests, as a row. */
export interface MadeIncident {
  kind: string
  targetId?: string | null | undefined
  provider?: string
  region?: string | null
  minutesAgo: number
  /** Null if it is open. */
  lastedMinutes?: number | null
  shadow?: boolean
  parentId?: string
  resolveReason?: string
}

/** Adds an incident and gives its id. */
export async function addIncident(sql: Sql, made: MadeIncident): Promise<string> {
  const { kind, minutesAgo, lastedMinutes: lasted = null, targetId = null, region = 'fra1' } = made
  const id = randomUUID()
  const at = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString()
  await sql.query(
    `insert into incidents (id, scope, kind, severity, provider, target_id, region, first_bad_at, opened_at,
      resolved_at, resolve_reason, shadow, parent_id, evidence)
     values ($1, $2, $3, 'critical', $4, $5, $6, $7, $7, $8, $9, $10, $11, '{"error_kinds": ["evidence-secret"]}')`,
    [
      id,
      `target/${targetId ?? id}/${region}`,
      kind,
      made.provider ?? null,
      targetId,
      region,
      at(minutesAgo),
      lasted === null ? null : at(minutesAgo - lasted),
      lasted === null ? null : (made.resolveReason ?? 'recovered'),
      made.shadow ?? false,
      made.parentId ?? null,
    ],
  )
  return id
}
