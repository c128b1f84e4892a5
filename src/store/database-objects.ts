import type { Statements } from './connection.ts'

/** What a database consists of: `table public.runs` -> `column triggered_by` -> `text not null`. */
export type DatabaseObjects = Map<string, Map<string, string>>

/** An object that cannot exist without another: `view public.leaderboard` needs `table public.tracks`. */
export interface Dependency {
  object: string
  needs: string
}

/** Everything in our two schemas that SQL can see, rights included. */
export async function readObjects(sql: Statements): Promise<DatabaseObjects> {
  const catalog: DatabaseObjects = new Map()
  for (const { object, aspect, text } of (await sql.query(aspects)).rows) {
    const found = catalog.get(String(object)) ?? new Map<string, string>()
    catalog.set(String(object), found.set(String(aspect), String(text)))
  }
  return catalog
}

/** Which functions, views and triggers need which other objects, directly. */
export const readDependencies = async (sql: Statements): Promise<Dependency[]> =>
  (await sql.query(dependencies)).rows.map(({ object, needs }) => ({
    object: String(object),
    needs: String(needs),
  }))

/** The catalog as sorted lines, for comparing two. */
export const objectLines = (catalog: DatabaseObjects): string[] =>
  [...catalog]
    .flatMap(([object, found]) => [...found].map(([aspect, text]) => `${object}: ${aspect}: ${text}`))
    .toSorted()

/** Relations and functions by the names that the catalog has for them. */
const objects = `ours as (
  select n.oid, n.nspname from pg_namespace n where n.nspname in ('public', 'firsttoken')
), relations as (
  select c.*, format('%s %I.%I', case c.relkind when 'v' then 'view' when 'S' then 'sequence' else 'table' end,
    o.nspname, c.relname) as object
  from pg_class c join ours o on o.oid = c.relnamespace where c.relkind in ('r', 'v', 'S')
), functions as (
  select p.*, format('function %I.%I', o.nspname, p.proname) as object
  from pg_proc p join ours o on o.oid = p.pronamespace
), triggers as (
  select t.*, format('trigger %I on %s', t.tgname, substr(r.object, 7)) as object
  from pg_trigger t join relations r on r.oid = t.tgrelid where not t.tgisinternal
)`

const aspects = `with ${objects}
select format('schema %I', nspname) as object, 'rights' as aspect, nspacl::text as text
  from pg_namespace where nspname = 'firsttoken'
union all
select r.object, 'column ' || a.attname,
    concat_ws(' ', format_type(a.atttypid, a.atttypmod), case when a.attnotnull then 'not null' end,
      'default ' || pg_get_expr(d.adbin, d.adrelid), nullif(a.attidentity, ''), nullif(a.attgenerated, ''))
  from relations r join pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
    left join pg_attrdef d on d.adrelid = r.oid and d.adnum = a.attnum
  where r.relkind <> 'S'
union all
select r.object, 'order of columns', string_agg(a.attname, ', ' order by a.attnum)
  from relations r join pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
  where r.relkind <> 'S' group by r.object
union all
select r.object, 'constraint ' || k.conname, pg_get_constraintdef(k.oid)
  from relations r join pg_constraint k on k.conrelid = r.oid
union all
select r.object, 'index ' || i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
  from relations r join pg_index i on i.indrelid = r.oid
    left join pg_constraint k on k.conindid = i.indexrelid and k.conrelid = r.oid
  where k.oid is null
union all
select object, 'row level security', relrowsecurity::text from relations where relkind = 'r'
union all
select object, 'options', coalesce(reloptions::text, '') from relations where relkind <> 'S'
union all
select object, 'rights', coalesce(relacl::text, '') from relations
union all
select object, 'definition', pg_get_viewdef(oid) from relations where relkind = 'v'
union all
select object, 'definition', pg_get_triggerdef(oid) from triggers
union all
select object, 'definition', pg_get_functiondef(oid) from functions
union all
select object, 'signature', format('(%s) returns %s', pg_get_function_arguments(oid), pg_get_function_result(oid))
  from functions
union all
select object, 'rights', coalesce(proacl::text, '') from functions`

const dependencies = `with ${objects}, named as (
  select 'pg_class'::regclass as class, oid, object from relations
  union all select 'pg_type'::regclass, reltype, object from relations
  union all select 'pg_proc'::regclass, oid, object from functions
  union all select 'pg_trigger'::regclass, oid, object from triggers
  union all select 'pg_rewrite'::regclass, w.oid, r.object from pg_rewrite w join relations r on r.oid = w.ev_class
)
select distinct one.object, other.object as needs
from pg_depend d
  join named one on one.class = d.classid and one.oid = d.objid
  join named other on other.class = d.refclassid and other.oid = d.refobjid
where one.object <> other.object`
