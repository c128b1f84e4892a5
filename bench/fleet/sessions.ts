import { readFileSync } from 'node:fs'
import type { Sql } from '../../src/store/connection.ts'

/**
 * CPU of the sessions of a Postgres on this machine, in ms, by the name that they gave themselves. Each session is a process,
 * whose time Linux counts in nanoseconds (schedstat: https://docs.kernel.org/scheduler/sched-stats.html); what one did
 * after it was last looked at and before it ended is missed.
 */
export class Sessions {
  readonly #used = new Map<string, { name: string; ms: number }>()

  /** Looks at those that are there now. */
  async look(sql: Sql): Promise<void> {
    const { rows } = await sql.query(
      `select pid, backend_start::text as started, application_name as name from pg_stat_activity
        where application_name <> ''`,
    )
    for (const { pid, started, name } of rows) {
      const ms = cpuOf(Number(pid))
      if (ms !== null) this.#used.set(`${Number(pid)} ${String(started)}`, { name: String(name), ms })
    }
  }

  /** So far, by name. */
  byName(): Record<string, number> {
    const sums: Record<string, number> = {}
    for (const { name, ms } of this.#used.values()) sums[name] = (sums[name] ?? 0) + ms
    return sums
  }
}

/** How long a process has run, in ms; null if it is gone. */
function cpuOf(pid: number): number | null {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6
  } catch {
    return null
  }
}
