-- Tokens that open the proxy to its clients. The database never has one: only its hash, and what it was used
-- for by day, in one place for all processes.

create table if not exists public.proxy_tokens (
  id uuid primary key,
  -- How people call the client.
  name text not null check (name ~ '\S' and char_length(name) <= 64),
  -- SHA-256 of the token. It has 32 random bytes, which nobody guesses, so a slow hash would add nothing.
  hash text not null unique check (hash ~ '^[0-9a-f]{64}$'),
  -- Its last four characters, by which a person recognizes it.
  hint text not null check (char_length(hint) = 4),
  -- Limits of a day (UTC); null: none.
  requests_per_day integer check (requests_per_day > 0),
  usd_per_day numeric check (usd_per_day > 0),
  created_at timestamptz not null default now(),
  revoked_at timestamptz
);
-- The name of a token that was revoked is free for the next one of that client.
create unique index if not exists proxy_tokens_name_key on public.proxy_tokens (name)
  where revoked_at is null;

create table if not exists public.proxy_token_days (
  token_id uuid not null references public.proxy_tokens (id) on delete cascade,
  day date not null,
  requests integer not null default 0,
  usd numeric not null default 0,
  -- To the minute.
  last_used_at timestamptz not null,
  -- The latest calls that were counted here: a call that is repeated counts once.
  counted uuid[] not null default '{}',
  primary key (token_id, day)
);

-- The latest calls of a day with one more. A call is repeated within seconds, so a few dozen are enough.
create or replace function firsttoken.with_call(counted uuid[], call uuid) returns uuid[]
language sql immutable parallel safe security invoker set search_path = '' as $$
  select (call || counted)[:64]
$$;

-- A token as the API shows it, with its use today, but without its hash.
create or replace function firsttoken.describe_proxy_token(token public.proxy_tokens) returns jsonb
language sql stable security invoker set search_path = '' set timezone = 'UTC' as $$
  select to_jsonb(token) - 'hash' || jsonb_build_object(
    'requests_today', coalesce(sum(d.requests) filter (where d.day = current_date), 0),
    'usd_today', coalesce(sum(d.usd) filter (where d.day = current_date), 0),
    'last_used_at', max(d.last_used_at))
  from public.proxy_token_days d where d.token_id = token.id
$$;

-- in: {id, name, hash, hint, requests_per_day, usd_per_day}: the limits may be null. out: {created, token},
-- created being false and token null if another token that is in force has the name. Once per id.
create or replace function public.create_proxy_token(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  given constant public.proxy_tokens := jsonb_populate_record(null::public.proxy_tokens, input);
  saved public.proxy_tokens;
begin
  perform firsttoken.check_keys(input, 'create_proxy_token',
    array['id', 'name', 'hash', 'hint', 'requests_per_day', 'usd_per_day']);
  perform firsttoken.check_name(input -> 'name', 'the name of a proxy token');
  if char_length(given.name) > 64 then
    raise exception using errcode = '22001', message = 'a proxy token has a name of up to 64 characters';
  end if;
  if given.requests_per_day <= 0 or given.usd_per_day <= 0 then
    raise exception using errcode = '22023',
      message = 'a limit of a proxy token is above 0; without it nothing is limited';
  end if;
  insert into public.proxy_tokens (id, name, hash, hint, requests_per_day, usd_per_day)
    values (given.id, given.name, given.hash, given.hint, given.requests_per_day, given.usd_per_day)
    on conflict do nothing;
  select t.* into saved from public.proxy_tokens t where t.id = given.id and t.hash = given.hash;
  return jsonb_build_object('created', saved.id is not null,
    'token', case when saved.id is not null then firsttoken.describe_proxy_token(saved) end);
end $$;

-- in: {}. out: {rows}: every token, those in force first, by name; then those that were revoked, the latest
-- first.
create or replace function public.list_proxy_tokens(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' as $$
begin
  perform firsttoken.check_keys(input, 'list_proxy_tokens', '{}');
  return jsonb_build_object('rows', (
    select coalesce(jsonb_agg(firsttoken.describe_proxy_token(t)
      order by t.revoked_at desc nulls first, t.name, t.id), '[]')
    from public.proxy_tokens t));
end $$;

-- in: {id, requests_per_day, usd_per_day}: a limit that is left out stays, and null lifts it. out: {token},
-- null if there is none in force. What was used today counts against the new limits.
create or replace function public.limit_proxy_token(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  given constant public.proxy_tokens := jsonb_populate_record(null::public.proxy_tokens, input);
  saved public.proxy_tokens;
begin
  perform firsttoken.check_keys(input, 'limit_proxy_token',
    array['id', 'requests_per_day', 'usd_per_day']);
  if given.requests_per_day <= 0 or given.usd_per_day <= 0 then
    raise exception using errcode = '22023',
      message = 'a limit of a proxy token is above 0; without it nothing is limited';
  end if;
  update public.proxy_tokens t set
      requests_per_day = case when input ? 'requests_per_day' then given.requests_per_day
        else t.requests_per_day end,
      usd_per_day = case when input ? 'usd_per_day' then given.usd_per_day else t.usd_per_day end
    where t.id = given.id and t.revoked_at is null
    returning t.* into saved;
  return jsonb_build_object('token',
    case when saved.id is not null then firsttoken.describe_proxy_token(saved) end);
end $$;

-- in: {id}. out: {revoked}: false if there is no such token. It stays in the list, and opens nothing more.
create or replace function public.revoke_proxy_token(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
begin
  perform firsttoken.check_keys(input, 'revoke_proxy_token', array['id']);
  update public.proxy_tokens t set revoked_at = coalesce(t.revoked_at, now())
    where t.id = (input ->> 'id')::uuid;
  return jsonb_build_object('revoked', found);
end $$;

-- in: {hash, request_id}. out: {refused, token: {id, name} or null, day, limit, resets_at}. refused: null if
-- the request may go on, which counts it, once per request_id; else unknown, revoked, requests or usd, with
-- the limit that is reached and when the next day begins.
create or replace function public.admit_proxy_token(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  request constant uuid := (input ->> 'request_id')::uuid;
  today constant date := current_date;
  token public.proxy_tokens;
  used public.proxy_token_days;
  refused text;
begin
  perform firsttoken.check_keys(input, 'admit_proxy_token', array['hash', 'request_id']);
  select t.* into token from public.proxy_tokens t where t.hash = input ->> 'hash';
  if token.id is null or token.revoked_at is not null then
    refused := case when token.id is null then 'unknown' else 'revoked' end;
  else
    insert into public.proxy_token_days as d (token_id, day, requests, last_used_at, counted)
      values (token.id, today, 1, date_trunc('minute', now()), array[request])
      on conflict (token_id, day) do update
        set requests = d.requests + 1, last_used_at = excluded.last_used_at,
          counted = firsttoken.with_call(d.counted, request)
        where request <> all (d.counted)
          and coalesce(d.requests < token.requests_per_day, true)
          and coalesce(d.usd < token.usd_per_day, true);
    select d.* into used from public.proxy_token_days d where d.token_id = token.id and d.day = today;
    if request <> all (used.counted) then
      refused := case when used.requests >= token.requests_per_day then 'requests' else 'usd' end;
    end if;
  end if;
  return jsonb_build_object('refused', refused, 'day', today, 'resets_at', (today + 1)::timestamptz,
    'token', case when token.id is not null then jsonb_build_object('id', token.id, 'name', token.name) end,
    'limit', case refused when 'requests' then token.requests_per_day when 'usd' then token.usd_per_day end);
end $$;

-- in: {id, charges: [{token_id, day, usd}]}. out: {charged}: days that were charged. Adds what requests cost
-- to the days on which they were admitted, once per id.
create or replace function public.charge_proxy_tokens(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  charge constant uuid := (input ->> 'id')::uuid;
  charged integer;
begin
  perform firsttoken.check_keys(input, 'charge_proxy_tokens', array['id', 'charges']);
  -- In one order, so that two who charge the same tokens wait for each other in turn.
  perform from public.proxy_token_days d
    where (d.token_id, d.day) in (
      select (c ->> 'token_id')::uuid, (c ->> 'day')::date from jsonb_array_elements(input -> 'charges') c)
    order by d.token_id, d.day for update;
  update public.proxy_token_days d
    set usd = d.usd + c.usd, counted = firsttoken.with_call(d.counted, charge)
    from (
      select c.token_id, c.day, sum(c.usd) as usd
      from jsonb_to_recordset(input -> 'charges') c (token_id uuid, day date, usd numeric)
      group by c.token_id, c.day) c
    where d.token_id = c.token_id and d.day = c.day and charge <> all (d.counted);
  get diagnostics charged = row_count;
  return jsonb_build_object('charged', charged);
end $$;
