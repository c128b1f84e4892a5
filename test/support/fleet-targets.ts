import type { Sql } from '../../src/store/connection.ts'

/** Adds a provider with so many models that are benchmarked, as many lanes as are given, and what it is called. */
export async function addProvider(
  sql: Pick<Sql, 'query'>,
  slug: string,
  { models, lanes = null }: { models: number; lanes?: number | null },
): Promise<void> {
  await sql.query(
    `with p as (insert into providers (name, slug, lanes) values ($1, $1, $3) returning id),
      m as (
        insert into models (name, provider_id)
          select 'synthetic-' || n, p.id from p, generate_series(1, $2::integer) n returning id, provider_id)
    insert into targets (provider_id, model_id, parameters)
      select provider_id, id, '{"reasoning": "least"}' from m`,
    [slug, models, lanes],
  )
}
