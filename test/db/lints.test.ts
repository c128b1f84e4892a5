import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Sql } from '../../src/store/connection.ts'
import { engines } from '../support/databases.ts'

// The checks of Supabase's database linter, and some more, as our own queries: each finds nothing in our
// schema, and finds its defect in a schema that has it.

/** Roles that may do nothing; 0 is PUBLIC. */
const strangers = `(select 0::oid as oid, 'public' as name
  union all select oid, rolname from pg_roles where rolname in ('anon', 'authenticated'))`
/** Our relations of some kinds. */
const relations = (kinds: string) =>
  `(select * from pg_class where relnamespace in ('public'::regnamespace, 'firsttoken'::regnamespace) and relkind in (${kinds}))`
/** Our functions. */
const functions = `(select * from pg_proc where pronamespace in ('public'::regnamespace, 'firsttoken'::regnamespace))`

interface Lint {
  name: string
  /** Finds what is wrong, as rows of `text`. */
  find: string
  /** Adds the defect to the schema. */
  broken: string
  found: string[]
}

const lints: Lint[] = [
  {
    name: 'a table without row level security',
    find: `select relname as text from ${relations(`'r', 'p'`)} c where not relrowsecurity`,
    broken: 'create table public.broken (id int primary key)',
    found: ['broken'],
  },
  {
    name: 'a policy: nobody but service_role is to see a row, and service_role needs none',
    find: `select format('%s on %s', p.polname, p.polrelid::regclass) as text
      from pg_policy p join ${relations(`'r', 'p'`)} c on c.oid = p.polrelid`,
    broken: 'create policy broken on public.runs for select to anon using (true)',
    found: ['broken on runs'],
  },
  {
    name: 'a table, view or sequence that strangers have a right to',
    find: `select format('%s %s to %s', a.privilege_type, c.relname, s.name) as text
      from ${relations(`'r', 'p', 'v', 'm', 'f', 'S'`)} c
        cross join aclexplode(coalesce(c.relacl, acldefault(case c.relkind when 'S' then 's' else 'r' end::"char", c.relowner))) a
        join ${strangers} s on s.oid = a.grantee`,
    broken: `create sequence public.broken; grant usage on sequence public.broken to authenticated;
      grant select on public.runs to anon; grant update on public.probes to public`,
    found: ['SELECT runs to anon', 'UPDATE probes to public', 'USAGE broken to authenticated'],
  },
  {
    name: 'a column that strangers have a right to',
    find: `select format('%s %s.%s to %s', a.privilege_type, c.relname, t.attname, s.name) as text
      from ${relations(`'r', 'p', 'v'`)} c join pg_attribute t on t.attrelid = c.oid
        cross join aclexplode(t.attacl) a join ${strangers} s on s.oid = a.grantee`,
    broken: 'grant select (id) on public.runs to anon',
    found: ['SELECT runs.id to anon'],
  },
  {
    name: 'a function that strangers may call',
    find: `select format('%s to %s', p.proname, s.name) as text from ${functions} p
        cross join aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a join ${strangers} s on s.oid = a.grantee`,
    broken: `create function public.broken() returns int language sql set search_path = '' as 'select 1';
      grant execute on function public.broken to public;
      grant execute on function firsttoken.get_run to anon`,
    found: ['broken to public', 'get_run to anon'],
  },
  {
    name: 'a function without an empty, fixed search path',
    find: `select proname as text from ${functions} p where not coalesce('search_path=""' = any (proconfig), false)`,
    broken: `create function public.broken() returns int language sql as 'select 1';
      create function public.broken2() returns int language sql set search_path = public as 'select 1'`,
    found: ['broken', 'broken2'],
  },
  {
    name: 'a function with the rights of its owner',
    find: `select proname as text from ${functions} p where prosecdef`,
    broken: `create function public.broken() returns int language sql security definer set search_path = '' as 'select 1'`,
    found: ['broken'],
  },
  {
    name: 'a view with the rights of its owner, or one that keeps rows',
    find: `select relname as text from ${relations(`'v', 'm'`)} c
      where relkind = 'm' or not exists (
        select from unnest(reloptions) o where o in ('security_invoker=true', 'security_invoker=on'))`,
    broken: `create view public.broken as select 1 as one; create materialized view public.broken2 as select 1 as one;
      create view public.fine with (security_invoker = true) as select 1 as one`,
    found: ['broken', 'broken2'],
  },
  {
    // A partial index on `is not null` serves lookups of a value too.
    name: 'a foreign key without an index that begins with its columns',
    find: `select format('%s on %s', k.conname, k.conrelid::regclass) as text
      from pg_constraint k join ${relations(`'r', 'p'`)} c on c.oid = k.conrelid
      where k.contype = 'f' and not exists (
        select from pg_index i
        where i.indrelid = k.conrelid and i.indisvalid
          and (i.indpred is null or pg_get_expr(i.indpred, i.indrelid) = (
            select format('(%I IS NOT NULL)', a.attname) from pg_attribute a
            where a.attrelid = k.conrelid and a.attnum = k.conkey[1] and cardinality(k.conkey) = 1))
          and (string_to_array(i.indkey::text, ' ')::int2[])[:cardinality(k.conkey)] @> k.conkey
          and cardinality(k.conkey) <= i.indnkeyatts)`,
    broken: `create table public.broken (id int primary key, run_id uuid references public.runs (id));
      create index broken_idx on public.broken (id, run_id);
      create index broken_idx2 on public.broken (run_id) where id > 0`,
    found: ['broken_run_id_fkey on broken'],
  },
  {
    name: 'a table without a primary key',
    find: `select relname as text from ${relations(`'r', 'p'`)} c
      where not exists (select from pg_index i where i.indrelid = c.oid and i.indisprimary)`,
    broken: 'create table public.broken (id int not null unique)',
    found: ['broken'],
  },
  {
    name: 'two indexes that are the same',
    find: `select string_agg(i.indexrelid::regclass::text, ' = ' order by i.indexrelid::regclass::text) as text
      from pg_index i join ${relations(`'r', 'p', 'm'`)} c on c.oid = i.indrelid
      group by i.indrelid, replace(pg_get_indexdef(i.indexrelid), i.indexrelid::regclass::text, '')
      having count(*) > 1`,
    broken: 'create index broken on public.runs (run_name); create index broken2 on public.runs (run_name)',
    found: ['broken = broken2'],
  },
  {
    name: 'an index that is not valid',
    find: `select indexrelid::regclass::text as text from pg_index i
      join ${relations(`'r', 'p', 'm'`)} c on c.oid = i.indrelid where not indisvalid`,
    broken: `update pg_index set indisvalid = false where indexrelid = 'public.idx_models_name'::regclass`,
    found: ['idx_models_name'],
  },
  {
    name: 'a schema of ours that strangers may look into',
    find: `select format('%s %s to %s', a.privilege_type, n.nspname, s.name) as text from pg_namespace n
        cross join aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a join ${strangers} s on s.oid = a.grantee
      where n.nspname = 'firsttoken'`,
    broken: 'grant usage on schema firsttoken to anon',
    found: ['USAGE firsttoken to anon'],
  },
  {
    name: 'an extension in public',
    find: `select extname as text from pg_extension where extnamespace = 'public'::regnamespace`,
    broken: `update pg_extension set extnamespace = 'public'::regnamespace where extname = 'plpgsql'`,
    found: ['plpgsql'],
  },
]

describe.each(engines)('on $name there is nothing like', ({ open }) => {
  let sql: Sql
  const found = async ({ find }: Lint) =>
    (await sql.query(find)).rows.map((row) => String(row['text'])).toSorted()

  beforeAll(async () => {
    sql = await open()
  })
  afterAll(() => sql.close())

  test.each(lints)('$name', async (lint) => {
    expect(await found(lint)).toEqual([])
  })

  /** What is found with the defect in place. The error that reports it rolls the script back. */
  const foundIn = async ({ find, broken }: Lint) => {
    const report = `select string_agg(text, '|' order by text collate "C") from (${find}) found`
    const script = `${broken}; do $do$ begin raise exception '<%>', (${report}); end $do$`
    const message = await sql.exec(script).catch((error: unknown) => String(error))
    return /<(.*)>/.exec(message ?? '')?.[1]?.split('|') ?? message
  }

  test.each(lints)('$name, and it would be found', async (lint) => {
    expect(await foundIn(lint)).toEqual(lint.found)
    expect(await found(lint)).toEqual([])
  })
})
