import { expect, test } from 'vitest'
import { addColumns, splitStatements } from '../../../src/store/sql-text.ts'

const objects = (script: string) => splitStatements(script).map(({ object }) => object)
const texts = (script: string) => splitStatements(script).map(({ text }) => text)

test.each([
  ['a string', `select ';''; ' as a`],
  ['a string with escapes', String.raw`select e'\'; ' as a`],
  ['a quoted name', 'select 1 as "a;b"'],
  ['a body between dollars', `do $$ begin perform 1; perform '$'; end $$`],
  ['a body with another tag inside', `do $out$ select $$;$$; $out$`],
  ['a comment', 'select 1 -- one; two\n  as a'],
  ['a block comment', 'select 1 /* one; two */ as a'],
  ['a dollar in a name', 'select a$b, c$d; select 1'.split(';')[0] ?? ''],
])('%s is not cut', (_, statement) => {
  expect(texts(`${statement};\nselect 2;`)).toEqual([`${statement};`, 'select 2;'])
})

test('an unfinished last statement counts, an empty one does not', () => {
  expect(texts('select 1;; -- no more\n select 2')).toEqual(['select 1;', '-- no more\n select 2;'])
  expect(texts(' \n-- nothing here\n')).toEqual([])
})

test('a statement keeps the comment right above it, and only that', () => {
  const script = '-- What this file holds.\n\n-- One.\n-- More of it.\nselect 1;\n\n-- Two.\nselect 2;'
  expect(texts(script)).toEqual(['-- One.\n-- More of it.\nselect 1;', '-- Two.\nselect 2;'])
})

test('objects are known by kind and name', () => {
  expect(
    objects(`
      create schema if not exists s;
      create table if not exists public.t (a int);
      create unique index if not exists i on public.t (a);
      -- Does it.
      create or replace function s.f(a int) returns int language sql as $$ select 1; $$;
      create or replace view public.v with (security_invoker = true) as select 1;
      create or replace trigger g after insert on public.t
        for each statement execute function s.f();
      alter table public.t add column b int`),
  ).toEqual([
    'schema s',
    'table public.t',
    'index i',
    'function s.f',
    'view public.v',
    'trigger g on public.t',
    null,
  ])
})

test('every column of a table becomes one that an older table gains, constraints of the table do not', () => {
  const [table] = splitStatements(`create table if not exists public.t (
    id uuid primary key default gen_random_uuid(),
    -- What, and why.
    kind text not null check (kind in ('a, b', 'c')),
    price numeric(10, 2),
    unique (id, kind),
    check (price > 0)
  )`)
  if (!table) throw new Error('no statement')
  expect(addColumns(table)).toBe(`alter table public.t
  add column if not exists id uuid primary key default gen_random_uuid(),
  add column if not exists kind text not null check (kind in ('a, b', 'c')),
  add column if not exists price numeric(10, 2);`)
})
