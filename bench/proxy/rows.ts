import { command } from '../../test/support/command.ts'

/** A number of every row that a proxy has kept, by the ids of the requests; an SQL expression. Its database is in `cwd`, or that of `env`. */
export async function rowsOf(
  expression: string,
  cwd: string,
  env: Record<string, string> = {},
): Promise<Map<string, number>> {
  const sql = `select id, ${expression} as ms from proxy_requests`
  const { code, stdout, stderr } = await command('query.ts', ['--json', sql], { cwd, env })
  if (code !== 0) throw new Error(stderr)
  const rows = JSON.parse(stdout) as { id: string; ms: string | number | null }[]
  return new Map(rows.flatMap(({ id, ms }) => (ms === null ? [] : [[id, Number(ms)] as const])))
}
