-- Recording what the proxy measured, and its rollups by the minute.

-- The class of a number of uncached input tokens: the least of it. Each is four times as wide as the one
-- before, because TTFT grows with the length of a prompt.
create or replace function firsttoken.input_size(tokens integer) returns integer
language sql immutable parallel safe security invoker set search_path = '' as $$
  select classes.least[width_bucket(tokens, classes.least)]
  from (select array[0, 256, 1024, 4096, 16384, 65536, 262144] as least) classes
$$;

-- A value as a sample: null if it does not fit into a real.
create or replace function firsttoken.as_sample(value double precision) returns real
language sql immutable parallel safe security invoker set search_path = '' as $$
  select case when value = 0 or abs(value) between 1e-37 and 1e38 then value::real end
$$;

-- Two sorted arrays as one.
create or replace function firsttoken.merge_samples(one real[], other real[]) returns real[]
language sql immutable parallel safe security invoker set search_path = '' as $$
  select array(select v from unnest(one || other) v order by v)
$$;

-- The one definition of what a request adds to its minute.
create or replace view firsttoken.proxy_input with (security_invoker = true) as
  select q.id, q.received_at, date_trunc('minute', q.received_at, 'UTC') as bucket,
    q.provider, q.host, q.synthetic, q.model_asked as model, q.client,
    firsttoken.input_size(q.input_tokens - coalesce(q.cached_tokens, 0)) as input_size,
    q.stream, q.reasoning,
    q.success as is_ok,
    not q.success and q.client_left is not null as is_client_left,
    case when kind.has_failed then q.fault_domain end as fault,
    case when kind.has_failed then concat(q.fault_domain, '.', coalesce(q.error_kind, 'unknown')) end
      as error,
    q.success and not kind.is_timed as is_untrusted,
    q.success and q.cost_usd is null as is_cost_unknown,
    q.input_tokens, q.output_tokens, q.reasoning_tokens, q.cached_tokens,
    case when q.cost_usd between -1e300 and 1e300 then q.cost_usd::numeric end as cost_usd,
    q.request_bytes, q.response_bytes,
    firsttoken.as_sample(q.overhead_before_ms) as overhead_before,
    firsttoken.as_sample(q.overhead_first_ms) as overhead_first,
    case when kind.is_timed then firsttoken.as_sample(q.ttft_ms) end as ttft,
    case when kind.is_timed then firsttoken.as_sample(q.ttfa_ms) end as ttfa,
    -- Its time is the client's own, if the client did not read.
    case when kind.is_timed and q.client_stalled_ms = 0 then firsttoken.as_sample(q.tps) end as tps,
    case when kind.is_timed and q.client_stalled_ms = 0
      then firsttoken.as_sample(q.total_latency_ms) end as latency
  from public.proxy_requests q
    cross join lateral (
      select not q.success and q.client_left is null as has_failed,
        q.success and q.timing_quality <> 'untrusted' as is_timed) kind;

-- A label as the rollups of a day have it: its own, if it is among the first of its kind, else `other`. A
-- client may send any: each would be a series. The caller holds the lock of the recorders.
create or replace function firsttoken.proxy_label(moment timestamptz, kind text, label text, most integer)
returns text
language plpgsql security invoker set search_path = '' as $$
declare
  today constant date := (moment at time zone 'UTC')::date;
begin
  if label is null or exists (
    select from firsttoken.proxy_labels l
    where l.day = today and l.kind = proxy_label.kind and l.label = proxy_label.label) then
    return label;
  elsif (
    select count(*) from firsttoken.proxy_labels l
    where l.day = today and l.kind = proxy_label.kind) >= most then
    return 'other';
  end if;
  insert into firsttoken.proxy_labels values (today, kind, label);
  return label;
end $$;

-- A series with the labels that the rollups of a day have it by.
create or replace function firsttoken.labelled_series(moment timestamptz, series public.proxy_series)
returns public.proxy_series
language plpgsql security invoker set search_path = '' as $$
begin
  series.model := firsttoken.proxy_label(moment, 'model', series.model, 200);
  series.client := firsttoken.proxy_label(moment, 'client', series.client, 50);
  series.reasoning := firsttoken.proxy_label(moment, 'reasoning', series.reasoning, 20);
  return series;
end $$;

-- The id of a series, which is created if it is new.
create or replace function firsttoken.get_or_create_proxy_series(series public.proxy_series) returns integer
language plpgsql security invoker set search_path = '' as $$
declare
  series_id integer;
begin
  select s.id into series_id from public.proxy_series s
    where s.provider = series.provider and s.model = series.model and s.host = series.host
      and s.synthetic = series.synthetic and s.client is not distinct from series.client
      and s.input_size is not distinct from series.input_size and s.stream = series.stream
      and s.reasoning is not distinct from series.reasoning;
  if series_id is null then
    insert into public.proxy_series
        (provider, model, host, synthetic, client, input_size, stream, reasoning)
      values (series.provider, series.model, series.host, series.synthetic, series.client,
        series.input_size, series.stream, series.reasoning)
      returning id into series_id;
  end if;
  return series_id;
end $$;

-- Adds new requests to their minutes. The caller holds the lock of the recorders.
create or replace function firsttoken.add_to_proxy_minutes(ids uuid[]) returns void
language plpgsql security invoker set search_path = '' as $$
begin
  with arrived as materialized (
    select i.*, row(null, i.provider, i.model, i.host, i.synthetic, i.client, i.input_size, i.stream,
      i.reasoning)::public.proxy_series as own
    from firsttoken.proxy_input i where i.id = any (ids)
  ), groups as materialized (
    -- Once for all that are alike, in the order in which they came.
    select a.bucket, a.own from arrived a group by a.bucket, a.own
      order by min(a.received_at), a.own
  ), series as materialized (
    select g.bucket, g.own,
      firsttoken.get_or_create_proxy_series(firsttoken.labelled_series(g.bucket, g.own)) as series_id
    from groups g
  ), placed as materialized (
    select a.*, s.series_id from arrived a join series s on s.bucket = a.bucket and s.own = a.own
  )
  insert into public.proxy_minutes as m
    select p.series_id, p.bucket, count(*), count(*) filter (where p.is_ok),
      count(*) filter (where p.is_client_left), count(*) filter (where p.fault = 'provider'),
      count(*) filter (where p.fault = 'account'), count(*) filter (where p.fault = 'config'),
      count(*) filter (where p.fault = 'excluded'), count(*) filter (where p.fault = 'self'),
      count(*) filter (where p.is_untrusted), count(*) filter (where p.is_cost_unknown),
      coalesce(sum(p.input_tokens), 0), coalesce(sum(p.output_tokens), 0),
      coalesce(sum(p.reasoning_tokens), 0), coalesce(sum(p.cached_tokens), 0),
      coalesce(sum(p.cost_usd), 0), sum(p.request_bytes), sum(p.response_bytes),
      count(p.overhead_before), coalesce(sum(p.overhead_before::numeric), 0),
      count(p.overhead_first), coalesce(sum(p.overhead_first::numeric), 0),
      (
        select jsonb_object_agg(e.error, e.n)
        from (
          select f.error, count(*) as n from placed f
          where f.series_id = p.series_id and f.bucket = p.bucket and f.error is not null
          group by f.error) e),
      coalesce(array_agg(p.ttft order by p.ttft) filter (where p.ttft is not null), '{}'),
      coalesce(array_agg(p.ttfa order by p.ttfa) filter (where p.ttfa is not null), '{}'),
      coalesce(array_agg(p.tps order by p.tps) filter (where p.tps is not null), '{}'),
      coalesce(array_agg(p.latency order by p.latency) filter (where p.latency is not null), '{}')
    from placed p group by p.series_id, p.bucket
    on conflict (series_id, bucket) do update set
      n_requests = m.n_requests + excluded.n_requests,
      n_ok = m.n_ok + excluded.n_ok,
      n_client_left = m.n_client_left + excluded.n_client_left,
      n_provider = m.n_provider + excluded.n_provider,
      n_account = m.n_account + excluded.n_account,
      n_config = m.n_config + excluded.n_config,
      n_excluded = m.n_excluded + excluded.n_excluded,
      n_self = m.n_self + excluded.n_self,
      n_untrusted = m.n_untrusted + excluded.n_untrusted,
      n_cost_unknown = m.n_cost_unknown + excluded.n_cost_unknown,
      input_tokens = m.input_tokens + excluded.input_tokens,
      output_tokens = m.output_tokens + excluded.output_tokens,
      reasoning_tokens = m.reasoning_tokens + excluded.reasoning_tokens,
      cached_tokens = m.cached_tokens + excluded.cached_tokens,
      cost_usd = m.cost_usd + excluded.cost_usd,
      request_bytes = m.request_bytes + excluded.request_bytes,
      response_bytes = m.response_bytes + excluded.response_bytes,
      n_overhead_before = m.n_overhead_before + excluded.n_overhead_before,
      overhead_before_sum = m.overhead_before_sum + excluded.overhead_before_sum,
      n_overhead_first = m.n_overhead_first + excluded.n_overhead_first,
      overhead_first_sum = m.overhead_first_sum + excluded.overhead_first_sum,
      errors = firsttoken.add_counts(m.errors, excluded.errors),
      ttft = firsttoken.merge_samples(m.ttft, excluded.ttft),
      ttfa = firsttoken.merge_samples(m.ttfa, excluded.ttfa),
      tps = firsttoken.merge_samples(m.tps, excluded.tps),
      latency = firsttoken.merge_samples(m.latency, excluded.latency);
end $$;

-- Inserts requests and returns the ids of those that are new.
create or replace function firsttoken.insert_proxy_requests(given jsonb) returns uuid[]
language plpgsql security invoker set search_path = '' as $$
declare
  ids uuid[];
begin
  with inserted as (
    insert into public.proxy_requests
      select q.* from jsonb_array_elements(given) each
        cross join jsonb_populate_record(null::public.proxy_requests, each || '{"source": "proxy"}') q
      on conflict (id) do nothing returning id
  )
  select coalesce(array_agg(i.id), '{}') into ids from inserted i;
  return ids;
end $$;

-- Keeps the texts of these requests, which are new.
create or replace function firsttoken.insert_proxy_texts(given jsonb, ids uuid[]) returns void
language sql security invoker set search_path = '' as $$
  insert into public.proxy_texts
    select t.* from jsonb_array_elements(given) each
      cross join jsonb_populate_record(null::public.proxy_texts, each) t
    where each ->> 'request_id' = any (ids::text[])
    on conflict (request_id) do nothing
$$;

-- Adds what these requests cost to the spending of their days.
create or replace function firsttoken.spend_on_requests(ids uuid[]) returns void
language sql security invoker set search_path = '' as $$
  select firsttoken.spend(each.day, each.usd)
    from (
      select (q.received_at at time zone 'UTC')::date as day, sum(q.cost_usd) as usd
      from public.proxy_requests q
      where q.id = any (ids) and q.cost_usd > 0 and not q.synthetic
      group by 1 order by 1) each
$$;

-- in: {rows: [columns of proxy_requests], texts: [columns of proxy_texts], spends}; the last two may be left
-- out. out: {recorded, refused: [{id, reason}]}: how many are new; those whose values, or whose texts, are
-- not taken, which keep none of the others out. A row that was recorded before changes nothing, so a batch
-- may be repeated. What they cost counts in the budget if spends is true, as that of the dashboard's chats.
create or replace function public.record_proxy_requests(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  given jsonb;
  added uuid[];
  ids uuid[] := '{}';
  refused jsonb := '[]';
begin
  perform firsttoken.check_keys(input, 'record_proxy_requests', array['rows', 'texts', 'spends']);
  -- One recorder at a time, so that none waits for another's minutes, nor goes beyond the number of labels.
  perform pg_advisory_xact_lock(702418, 6);
  begin
    ids := firsttoken.insert_proxy_requests(input -> 'rows');
    perform firsttoken.insert_proxy_texts(input -> 'texts', ids);
  exception when data_exception or integrity_constraint_violation then
    ids := '{}';
    for given in select jsonb_array_elements(input -> 'rows') loop
      begin
        added := firsttoken.insert_proxy_requests(jsonb_build_array(given));
        perform firsttoken.insert_proxy_texts(input -> 'texts', added);
        ids := ids || added;
      exception when data_exception or integrity_constraint_violation then
        refused := refused || jsonb_build_object('id', given -> 'id', 'reason', sqlerrm);
      end;
    end loop;
  end;
  perform firsttoken.add_to_proxy_minutes(ids);
  if (input ->> 'spends')::boolean then
    perform firsttoken.spend_on_requests(ids);
  end if;
  return jsonb_build_object('recorded', cardinality(ids), 'refused', refused);
end $$;

-- Deletes a batch of requests from before a moment and returns how many. Their rollups stay; of labels, those
-- of days that nothing is added to any more go; of what tokens were used for, the days before the moment, but
-- the last of each token, which says when it was used.
create or replace function firsttoken.prune_proxy_requests(before timestamptz, batch integer) returns integer
language plpgsql security invoker set search_path = '' as $$
declare
  n integer;
begin
  delete from firsttoken.proxy_labels l where l.day < (now() at time zone 'UTC')::date - 2;
  delete from public.proxy_token_days d
    where d.day < (prune_proxy_requests.before at time zone 'UTC')::date and d.day < (
      select max(l.day) from public.proxy_token_days l where l.token_id = d.token_id);
  delete from public.proxy_requests q
    using (
      select o.id from public.proxy_requests o
      where o.received_at < prune_proxy_requests.before order by o.received_at, o.id limit batch) oldest
    where q.id = oldest.id;
  get diagnostics n = row_count;
  return n;
end $$;

-- Deletes a batch of texts from before a moment and returns how many. Their requests stay.
create or replace function firsttoken.prune_proxy_texts(before timestamptz, batch integer) returns integer
language plpgsql security invoker set search_path = '' as $$
declare
  n integer;
begin
  delete from public.proxy_texts t
    using (
      select o.request_id from public.proxy_texts o
      where o.captured_at < prune_proxy_texts.before order by o.captured_at, o.request_id limit batch) oldest
    where t.request_id = oldest.request_id;
  get diagnostics n = row_count;
  return n;
end $$;
