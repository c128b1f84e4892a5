-- Reading what the proxy measured: single requests, traffic by what it is of, and that of a target beside its
-- probes.

-- in: {provider, model, client, success, error_kind, stream, synthetic, since, until: each or null,
-- after: `next` of the page before or null, limit}; since is inclusive, until exclusive. out: {rows, next},
-- newest first: columns of proxy_requests.
create or replace function public.list_proxy_requests(input jsonb) returns json
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC'
  set plan_cache_mode = 'force_custom_plan' as $$
declare
  page_size constant integer := firsttoken.page_size(input, 50, 500);
  only_provider constant text := input ->> 'provider';
  only_model constant text := input ->> 'model';
  only_client constant text := input ->> 'client';
  only_success constant boolean := (input ->> 'success')::boolean;
  only_kind constant text := input ->> 'error_kind';
  only_stream constant boolean := (input ->> 'stream')::boolean;
  only_synthetic constant boolean := firsttoken.check_synthetic(input);
  since constant timestamptz := coalesce((input ->> 'since')::timestamptz, '-infinity');
  until constant timestamptz := coalesce((input ->> 'until')::timestamptz, 'infinity');
  seen record;
  page json;
begin
  perform firsttoken.check_keys(input, 'list_proxy_requests', array['provider', 'model', 'client', 'success',
    'error_kind', 'stream', 'synthetic', 'since', 'until', 'after', 'limit']);
  select c.moment, c.id into seen from firsttoken.parse_cursor(input ->> 'after') c;
  with found_rows as (
    select q.* from public.proxy_requests q
    where q.received_at >= since and q.received_at < until
      and (q.received_at, q.id) < (seen.moment, seen.id)
      and (only_provider is null or q.provider = only_provider)
      and (only_model is null or q.model_asked = only_model)
      and (only_client is null or q.client = only_client)
      and (only_success is null or q.success = only_success)
      and (only_kind is null or q.error_kind = only_kind)
      and (only_stream is null or q.stream = only_stream)
      and (only_synthetic is null or q.synthetic = only_synthetic)
    order by q.received_at desc, q.id desc limit page_size + 1
  ), shown as (
    select f.* from found_rows f order by f.received_at desc, f.id desc limit page_size
  )
  select json_build_object(
      'rows', (select coalesce(json_agg(s order by s.received_at desc, s.id desc), '[]') from shown s),
      'next', (
        select firsttoken.cursor_of(s.received_at, s.id) from shown s
        where (select count(*) from found_rows) > page_size
        order by s.received_at, s.id limit 1))
    into page;
  return page;
end $$;

-- in: {id} of a request. out: columns of proxy_texts, or null if its texts are not kept.
create or replace function public.read_proxy_text(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
begin
  perform firsttoken.check_keys(input, 'read_proxy_text', array['id']);
  return (
    select to_jsonb(t) from public.proxy_texts t where t.request_id = (input ->> 'id')::uuid);
end $$;

-- Sorted samples in short: {n, p50, p90, p95, p99}, the percentiles null below their minima.
create or replace function firsttoken.published_samples(sorted real[]) returns jsonb
language sql immutable parallel safe security invoker set search_path = '' as $$
  select jsonb_build_object('n', cardinality(sorted),
    'p50', firsttoken.rounded(firsttoken.published_percentile(sorted, 0.5)),
    'p90', firsttoken.rounded(firsttoken.published_percentile(sorted, 0.9)),
    'p95', firsttoken.rounded(firsttoken.published_percentile(sorted, 0.95)),
    'p99', firsttoken.rounded(firsttoken.published_percentile(sorted, 0.99)))
$$;

-- The traffic of some series in some time, in short: counts, tokens, cost, mean overhead in ms, and samples.
create or replace function firsttoken.describe_traffic(series integer[], since timestamptz, until timestamptz)
returns jsonb
language plpgsql stable security invoker set search_path = '' as $$
declare
  traffic jsonb;
  ttft real[];
  ttfa real[];
  tps real[];
  latency real[];
begin
  select jsonb_build_object('n', coalesce(sum(m.n_requests), 0), 'ok', coalesce(sum(m.n_ok), 0),
      'client_left', coalesce(sum(m.n_client_left), 0),
      'failed', jsonb_build_object('provider', coalesce(sum(m.n_provider), 0),
        'account', coalesce(sum(m.n_account), 0), 'config', coalesce(sum(m.n_config), 0),
        'excluded', coalesce(sum(m.n_excluded), 0), 'self', coalesce(sum(m.n_self), 0)),
      'untrusted', coalesce(sum(m.n_untrusted), 0), 'cost_unknown', coalesce(sum(m.n_cost_unknown), 0),
      'input_tokens', coalesce(sum(m.input_tokens), 0),
      'cached_tokens', coalesce(sum(m.cached_tokens), 0),
      'output_tokens', coalesce(sum(m.output_tokens), 0),
      'reasoning_tokens', coalesce(sum(m.reasoning_tokens), 0),
      'cost_usd', firsttoken.rounded_cost(coalesce(sum(m.cost_usd), 0)),
      'request_bytes', coalesce(sum(m.request_bytes), 0),
      'response_bytes', coalesce(sum(m.response_bytes), 0),
      'overhead_before_ms', round(sum(m.overhead_before_sum) / nullif(sum(m.n_overhead_before), 0), 3),
      'overhead_first_ms', round(sum(m.overhead_first_sum) / nullif(sum(m.n_overhead_first), 0), 3))
    into traffic
    from public.proxy_minutes m
    where m.series_id = any (series) and m.bucket >= describe_traffic.since
      and m.bucket < describe_traffic.until;
  select coalesce(array_agg(v.ttft order by v.ttft) filter (where v.ttft is not null), '{}'),
      coalesce(array_agg(v.ttfa order by v.ttfa) filter (where v.ttfa is not null), '{}'),
      coalesce(array_agg(v.tps order by v.tps) filter (where v.tps is not null), '{}'),
      coalesce(array_agg(v.latency order by v.latency) filter (where v.latency is not null), '{}')
    into ttft, ttfa, tps, latency
    from (
      -- Side by side, though values of a row need not be of one request.
      select unnest(m.ttft) as ttft, unnest(m.ttfa) as ttfa, unnest(m.tps) as tps,
        unnest(m.latency) as latency
      from public.proxy_minutes m
      where m.series_id = any (series) and m.bucket >= describe_traffic.since
        and m.bucket < describe_traffic.until) v;
  return traffic || jsonb_build_object('ttft', firsttoken.published_samples(ttft),
    'ttfa', firsttoken.published_samples(ttfa), 'tps', firsttoken.published_samples(tps),
    'latency', firsttoken.published_samples(latency));
end $$;

-- in: {provider, model, client, synthetic, since, until: each or null, by: what rows are apart by besides
-- provider and model: client, host, input_size, stream, reasoning, or null for nothing, limit}; until now and
-- the 24 hours before if left out, by whole minutes. out: {since, until, more, rows}, the largest first:
-- traffic in short, with null for what rows are not apart by. more: there are more than the limit.
create or replace function public.read_proxy_traffic(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC'
  set plan_cache_mode = 'force_custom_plan' as $$
declare
  page_size constant integer := firsttoken.page_size(input, 100, 500);
  only_synthetic constant boolean := firsttoken.check_synthetic(input);
  apart constant text[] := array(
    select jsonb_array_elements_text(coalesce(nullif(input -> 'by', 'null'), '[]')));
  span record;
  answer jsonb;
begin
  perform firsttoken.check_keys(input, 'read_proxy_traffic', array['provider', 'model', 'client', 'synthetic',
    'since', 'until', 'by', 'limit']);
  if not apart <@ array['client', 'host', 'input_size', 'stream', 'reasoning'] then
    raise exception using errcode = '22023',
      message = 'by may have client, host, input_size, stream and reasoning';
  end if;
  select date_trunc('minute', t.since) as since, t.until into span from firsttoken.chart_time(input) t;
  with groups as (
    select s.provider, s.model, s.synthetic, case when 'client' = any (apart) then s.client end as client,
      case when 'host' = any (apart) then s.host end as host,
      case when 'input_size' = any (apart) then s.input_size end as input_size,
      case when 'stream' = any (apart) then s.stream end as stream,
      case when 'reasoning' = any (apart) then s.reasoning end as reasoning,
      array_agg(s.id) as ids, sum(busy.n) as n
    from public.proxy_series s
      cross join lateral (
        select sum(m.n_requests) as n from public.proxy_minutes m
        where m.series_id = s.id and m.bucket >= span.since and m.bucket < span.until) busy
    where busy.n > 0
      and (input ->> 'provider' is null or s.provider = input ->> 'provider')
      and (input ->> 'model' is null or s.model = input ->> 'model')
      and (input ->> 'client' is null or s.client = input ->> 'client')
      and (only_synthetic is null or s.synthetic = only_synthetic)
    group by 1, 2, 3, 4, 5, 6, 7, 8
  ), numbered as (
    select g.*, row_number() over (order by g.n desc, g.provider, g.model, g.synthetic, g.client, g.host,
      g.input_size, g.stream, g.reasoning) as place
    from groups g
  )
  select jsonb_build_object('since', span.since, 'until', span.until,
      'more', (select count(*) > page_size from numbered),
      'rows', coalesce(jsonb_agg(to_jsonb(g) - array['ids', 'n', 'place']
        || firsttoken.describe_traffic(g.ids, span.since, span.until) order by g.place), '[]'))
    into answer from numbered g where g.place <= page_size;
  return answer;
end $$;

-- in: {target_id, or provider and model, since, until: each or null}; until now and the 24 hours before if
-- left out, both widened to whole hours, as rollups of probes are. out: {since, until, provider, model,
-- last_at, n_texts, traffic: in short, input_sizes: [{input_size, ttft}], steps: {step_s, n, ttft_p50},
-- probes: [{region, series, ttft, latency}]} with samples in short: what the proxy saw of a model beside its
-- probes, of the series that targets have now. last_at is the last request of all, null if there was none;
-- n_texts: of how many requests the texts are kept. There are 48 steps.
create or replace function public.compare_traffic(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC'
  set plan_cache_mode = 'force_custom_plan' as $$
declare
  targets uuid[];
  target record;
  span record;
  step interval;
  ids integer[];
begin
  perform firsttoken.check_keys(input, 'compare_traffic', array['target_id', 'provider', 'model', 'since',
    'until']);
  targets := firsttoken.chart_targets(input);
  if input ->> 'target_id' is not null then
    select p.slug as provider, m.name as model into strict target
      from public.targets t
        join public.models m on m.id = t.model_id
        join public.providers p on p.id = t.provider_id
      where t.id = targets[1];
  else
    perform firsttoken.check_name(input -> 'provider', 'provider');
    select input ->> 'provider' as provider, input ->> 'model' as model into target;
  end if;
  select date_trunc('hour', t.since) as since,
      date_trunc('hour', t.until - interval '1 microsecond') + interval '1 hour' as until
    into span from firsttoken.chart_time(input) t;
  step := (span.until - span.since) / 48;
  ids := array(
    select s.id from public.proxy_series s where s.provider = target.provider and s.model = target.model);
  return jsonb_build_object('since', span.since, 'until', span.until, 'provider', target.provider,
    'model', target.model,
    'last_at', (
      select q.received_at from public.proxy_requests q
      where q.provider = target.provider and q.model_asked = target.model
      order by q.received_at desc limit 1),
    'n_texts', (
      select count(*) from public.proxy_texts t join public.proxy_requests q on q.id = t.request_id
      where t.captured_at >= span.since and t.captured_at < span.until
        and q.provider = target.provider and q.model_asked = target.model),
    'traffic', firsttoken.describe_traffic(ids, span.since, span.until),
    'input_sizes', (
      select coalesce(jsonb_agg(jsonb_build_object('input_size', sized.input_size,
        'ttft', firsttoken.published_samples(sized.ttft)) order by sized.input_size), '[]')
      from (
        select s.input_size, array_agg(v order by v) as ttft
        from public.proxy_series s join public.proxy_minutes m on m.series_id = s.id, unnest(m.ttft) v
        where s.id = any (ids) and m.bucket >= span.since and m.bucket < span.until
        group by s.input_size) sized),
    'steps', (
      select jsonb_build_object('step_s', extract(epoch from step),
        'n', jsonb_agg(coalesce(counted.n, 0) order by place),
        'ttft_p50', jsonb_agg(firsttoken.rounded(timed.p50) order by place))
      from generate_series(0, 47) place
        cross join lateral (
          select sum(m.n_requests) as n from public.proxy_minutes m
          where m.series_id = any (ids) and m.bucket >= span.since + place * step
            and m.bucket < span.since + (place + 1) * step) counted
        cross join lateral (
          select percentile_cont(0.5) within group (order by v) as p50
          from public.proxy_minutes m, unnest(m.ttft) v
          where m.series_id = any (ids) and m.bucket >= span.since + place * step
            and m.bucket < span.since + (place + 1) * step) timed),
    'probes', (
      select coalesce(jsonb_agg(jsonb_build_object('region', probed.region, 'series', probed.series,
        'ttft', firsttoken.published_samples(probed.ttft),
        'latency', firsttoken.published_samples(probed.latency)) order by probed.region, probed.series), '[]')
      from (
        select k.region, k.series,
          array(
            select v from public.rollups_hourly h, unnest(h.ttft) v
            where h.track_id = k.track_id and h.bucket >= span.since and h.bucket < span.until
            order by v) as ttft,
          array(
            select v from public.rollups_hourly h, unnest(h.latency) v
            where h.track_id = k.track_id and h.bucket >= span.since and h.bucket < span.until
            order by v) as latency
        from firsttoken.chart_tracks(input) k) probed));
end $$;
