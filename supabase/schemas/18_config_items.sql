-- What firsttoken.yaml has said of the database: the rows that it owns, and what each applying changed.

create table if not exists public.config_items (
  kind text not null check (kind in (
    'target', 'component', 'price', 'prompt', 'rule', 'channel', 'maintenance')),
  key text not null constraint config_items_key_length check (octet_length(key) <= 2000),
  value jsonb not null,
  -- The target, the model of the price, the prompt or the window; null of the others: their key is all.
  row_id uuid,
  applied_at timestamptz not null default now(),
  primary key (kind, key)
);
create index if not exists config_items_row on public.config_items (row_id);
create table if not exists public.config_files (
  id bigint generated always as identity primary key,
  -- SHA-256 of what it says of the database.
  hash text not null check (hash ~ '^[0-9a-f]{64}$'),
  applied_at timestamptz not null default now(),
  owner text not null constraint config_files_owner_length check (octet_length(owner) <= 400),
  -- [{kind, key, change, before, after}]
  changes jsonb not null
);

-- A target in one line, as the file and its readers name it: what is usual is left out.
create or replace function firsttoken.target_name(provider text, model text, parameters jsonb, region text)
returns text language sql immutable security invoker set search_path = '' as $$
  select concat_ws(' ', provider || '/' || model,
    case when parameters ->> 'reasoning' <> 'least' then 'reasoning=' || (parameters ->> 'reasoning') end,
    'max_tokens=' || (parameters ->> 'max_tokens'), 'pin=' || (parameters ->> 'pin'), 'region=' || region)
$$;

-- The window that the file means by a name: a UUID of version 3.
create or replace function firsttoken.config_window_id(name text) returns uuid
language sql immutable security invoker set search_path = '' as $$
  select overlay(overlay(md5('firsttoken.yaml/maintenance/' || name)
    placing '3' from 13 for 1) placing '8' from 17 for 1)::uuid
$$;

-- What a kind of item is told apart by.
create or replace function firsttoken.config_key(kind text, value jsonb) returns text
language sql immutable security invoker set search_path = '' as $$
  select case kind
    when 'target' then firsttoken.target_name(
      value ->> 'provider', value ->> 'model', value -> 'parameters', value ->> 'region')
    when 'price' then (value ->> 'provider') || '/' || (value ->> 'model')
    when 'component' then value ->> 'key'
    when 'rule' then value ->> 'kind'
    else value ->> 'name' end
$$;

-- Whether the file owns a row, and what the API shows of that: file, or null.
create or replace function firsttoken.is_owned(item_kind text, row_id uuid) returns boolean
language sql stable security invoker set search_path = '' as $$
  select exists (
    select from public.config_items i where i.kind = item_kind and i.row_id = is_owned.row_id)
$$;
create or replace function firsttoken.owner_of(item_kind text, row_id uuid) returns text
language sql stable security invoker set search_path = '' as $$
  select case when firsttoken.is_owned(item_kind, row_id) then 'file' end
$$;

-- Refuses to change what the file owns, by its key or its row, unless the file itself is applied.
create or replace function firsttoken.check_unowned(item_kind text, item_key text, row_ids uuid[])
returns void language plpgsql stable security invoker set search_path = '' as $$
declare
  owned text;
begin
  if coalesce(current_setting('firsttoken.applying', true), '') = 'on' then
    return;
  end if;
  select i.key into owned from public.config_items i
    where i.kind = item_kind and (i.key = item_key or i.row_id = any (row_ids)) limit 1;
  if owned is not null then
    raise exception using errcode = '23001',
      message = format('%s %s is kept in firsttoken.yaml: change it there', case item_kind
        when 'maintenance' then 'maintenance window' else item_kind end, owned);
  end if;
end $$;

-- The last file that was applied, null if none was.
create or replace function firsttoken.last_config_hash() returns text
language sql stable security invoker set search_path = '' as $$
  select f.hash from public.config_files f order by f.id desc limit 1
$$;
