import type { Sql } from '../../src/store/connection.ts'

/** What is left in the database after the disturbances; all but the first two have to be 0. */
export interface Verdict {
  slots: number
  results: number
  /** Slots between the first and the last with neither a run nor a missed row. */
  forgotten: number
  /** Slots with more than one row. */
  twice: number
  /** Missed rows that do not say why. */
  speechless: number
  /** Runs that nobody closed. */
  open: number
  /** Probes of closed runs with neither a result nor a reason why there is none. */
  lost: number
}

const questions: Readonly<Record<keyof Verdict, string>> = {
  slots: `select count(distinct slot) from runs where schedule = 'benchmark'`,
  results: `select count(*) from benchmark_results`,
  forgotten: `select count(*) from generate_series(
      (select min(slot) from runs where schedule = 'benchmark'),
      (select max(slot) from runs where schedule = 'benchmark'), make_interval(secs => $1)) as due(slot)
    where not exists (select from runs r where r.schedule = 'benchmark' and r.slot = due.slot)`,
  twice: `select count(*) from (
      select from runs where schedule = 'benchmark' group by slot having count(*) > 1) as again`,
  speechless: `select count(*) from runs where status = 'missed' and coalesce(status_reason, '') = ''`,
  open: `select count(*) from runs where status = 'running'`,
  lost: `select count(*) from probes p
    where not exists (select from benchmark_results b where b.id = p.result_id)
      and not (p.status = 'skipped' and coalesce(p.skip_reason, '') <> '')
      and exists (select from runs r where r.id = p.run_id and r.status <> 'running')`,
}

/** Asks the database; `intervalS` is the time from slot to slot, in seconds. */
export async function judge(sql: Sql, intervalS: number): Promise<Verdict> {
  const asked = Object.entries(questions).map(async ([name, text]) => {
    const { rows } = await sql.query(text, text.includes('$1') ? [intervalS] : [])
    return [name, Number(Object.values(rows[0] ?? {})[0])] as const
  })
  return Object.fromEntries(await Promise.all(asked)) as unknown as Verdict
}
