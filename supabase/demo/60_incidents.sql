-- What was wrong, made of the results as the rules of src/alerts/rules.ts would have: a chart and its incident agree.

create table demo.incidents (
  kind text, severity text, slug text, model text, target_id uuid, region text, scope text,
  first_bad_at timestamptz, opened_at timestamptz, resolved_at timestamptz, resolve_reason text,
  shadow boolean default false, evidence jsonb
);

-- Two checks failed in a row, until two were good.
create function demo.add_down() returns void language sql as $$
  insert into demo.incidents (kind, severity, slug, model, target_id, region, first_bad_at, opened_at,
      resolved_at, resolve_reason, evidence)
    select 'down', 'critical', t.slug, t.model, t.target_id, o.region, o.since, second.at, good.at,
      case when good.at is not null then 'recovered' end,
      jsonb_build_object('failures', 2, 'error_kinds',
        (select jsonb_agg(kind order by n::integer desc, kind) from jsonb_each_text(o.errors) e (kind, n)))
    from demo.targets t
      cross join demo.settings d
      cross join lateral jsonb_to_recordset(public.list_outages(jsonb_build_object('target_id', t.target_id,
        'since', d.since, 'until', d.until)) -> 'rows')
        o (region text, since timestamptz, until timestamptz, errors jsonb)
      cross join lateral (
        select c.created_at as at from public.checks c
        where c.target_id = t.target_id and c.region = o.region and not c.ok and c.created_at > o.since
        order by c.created_at limit 1) second
      left join lateral (
        select c.created_at as at from public.checks c
        where c.target_id = t.target_id and c.region = o.region and c.ok and c.created_at > o.until
        order by c.created_at limit 1) good on true
$$;

-- 6 of 8 samples were slower than 95 % of the two weeks before, and half as slow again; until 8 windows were not.
create function demo.add_slow() returns void language sql as $$
  insert into demo.incidents (kind, severity, slug, model, target_id, region, first_bad_at, opened_at,
      resolved_at, resolve_reason, evidence)
    select 'slow', case when slow.median >= 3 * usual.p50 then 'major' else 'minor' end, t.slug, t.model,
      t.target_id, r.region, slow.first_at, slow.last_at, clean.at,
      case when clean.at is not null then 'recovered' end,
      jsonb_build_object('metric', 'ttft', 'series', slow.series, 'p50_ms', usual.p50, 'p95_ms', usual.p95,
        'baseline_n', usual.n, 'baseline_days', usual.days, 'noisy', false, 'above', slow.above, 'n', 8,
        'median_ms', slow.median, 'ratio', slow.median / usual.p50)
    from demo.spells x
      join demo.targets t on t.n = x.n
      cross join demo.regions r
      cross join lateral (
        select count(*) as n, count(distinct date_trunc('day', b.created_at, 'UTC')) as days,
          percentile_cont(0.5) within group (order by b.ttft_ms) as p50,
          percentile_cont(0.95) within group (order by b.ttft_ms) as p95
        from public.benchmark_results b
        where b.target_id = t.target_id and b.region = r.region and b.success and b.confirms is null
          and b.created_at between x.since - interval '15 days' and x.since - interval '1 day') usual
      cross join lateral (
        select min(s.created_at) filter (where s.ttft_ms > usual.p95) as first_at, max(s.created_at) as last_at,
          min(s.series) as series, count(*) filter (where s.ttft_ms > usual.p95) as above,
          percentile_cont(0.5) within group (order by s.ttft_ms) as median
        from (
          select b.created_at, b.ttft_ms, b.series from public.benchmark_results b
          where b.target_id = t.target_id and b.region = r.region and b.success and b.confirms is null
            and b.created_at >= x.since and b.created_at < x.until
          order by b.created_at limit 8) s
        having count(*) = 8) slow
      left join lateral (
        select b.created_at as at from public.benchmark_results b
        where b.target_id = t.target_id and b.region = r.region and b.success and b.confirms is null
          and b.created_at >= x.until
        order by b.created_at offset 14 limit 1) clean on true
    where x.slow >= 1.5 and (x.region is null or x.region = r.region) and usual.n >= 200 and usual.days >= 3
      and slow.above >= 6 and slow.median >= 1.5 * usual.p50 and slow.median >= usual.p50 + 200
$$;

-- Half of the targets of a provider were down: one incident tells theirs.
create function demo.add_wide() returns void language sql as $$
  insert into demo.incidents (kind, severity, slug, scope, first_bad_at, opened_at, resolved_at,
      resolve_reason, evidence)
    select 'provider_wide', 'critical', x.slug, 'provider/' || x.slug, min(i.first_bad_at), max(i.opened_at),
      max(i.resolved_at), 'recovered',
      jsonb_build_object('down', count(*), 'targets', 3 * of_provider.n,
        'models', jsonb_agg(distinct i.model))
    from demo.spells x
      join demo.incidents i on i.slug = x.slug and i.kind = 'down' and i.first_bad_at >= x.since
        and i.first_bad_at < x.since + interval '2 hours' and i.resolved_at is not null
      cross join lateral (select count(*) as n from demo.targets t where t.slug = x.slug) of_provider
    where x.n is null
    group by x.slug, x.since, of_provider.n
    having count(distinct i.target_id) > 1 and 2 * count(*) >= 3 * of_provider.n
$$;

-- Of the installation, of models, and one in shadow.
create function demo.add_others() returns void language sql as $$
  insert into demo.incidents (kind, severity, slug, model, target_id, region, scope, first_bad_at, opened_at,
      resolved_at, resolve_reason, shadow, evidence)
    select 'own_outage', 'major', null, null, null::uuid, null, 'system', r.finished_at, r.finished_at,
      again.at, 'recovered', false, jsonb_build_object('run_id', r.id, 'reason', r.status_reason)
    from (
        select distinct on (date_trunc('day', r.slot)) r.* from public.runs r
        where r.status_reason like 'our own outage%' order by date_trunc('day', r.slot), r.slot) r
      cross join lateral (
        select n.finished_at as at from public.runs n
        where n.slot > r.slot and n.status = 'finished' and n.status_reason is null
        order by n.slot limit 1) again
    union all
    select 'silent', 'major', null, null, null, null, 'system', r.finished_at + 2.5 * r.step,
      r.finished_at + 2.5 * r.step + interval '20 s', r.again, 'recovered', false,
      jsonb_build_object('last_finished_at', r.finished_at,
        'limit_ms', 2500 * extract(epoch from r.step)::integer)
    from (
      select r.finished_at, r.late_at - r.slot as step, lead(r.finished_at) over (order by r.slot) as again
      from public.runs r where r.schedule is not null and r.status = 'finished') r
    where r.again > r.finished_at + 4 * r.step
    union all
    select 'price_change', 'info', t.slug, t.model, null, null, 'model/' || t.model_id, p.since,
      p.since + interval '3 s', null, null, false,
      jsonb_build_object('input_before', was.price -> 'input_per_m', 'input_after', p.price -> 'input_per_m',
        'output_before', was.price -> 'output_per_m', 'output_after', p.price -> 'output_per_m',
        'source', 'genai-prices')
    from demo.prices p
      join demo.prices was on was.n = p.n and was.until = p.since
      join demo.targets t on t.n = p.n
      cross join demo.settings d
    where p.since > d.until - interval '4 days'
    union all (
    select 'drift', 'info', drifted.slug, drifted.model, drifted.target_id, drifted.region, null,
      date_trunc('day', d.until, 'UTC') - interval '7 days',
      date_trunc('day', d.until, 'UTC') + interval '3 minutes', null, null, true,
      jsonb_build_object('metric', 'ttft', 'series', drifted.series, 'recent_ms', drifted.recent,
        'reference_ms', drifted.reference, 'ratio', drifted.recent / drifted.reference, 'days', 7,
        'reference_days', 28)
    from demo.settings d
      cross join lateral (
        select t.slug, t.model, t.target_id, k.region, k.series,
          percentile_cont(0.5) within group (order by m.median)
            filter (where m.bucket >= d.until - interval '8 days') as recent,
          percentile_cont(0.5) within group (order by m.median)
            filter (where m.bucket < d.until - interval '8 days') as reference
        from demo.targets t
          join public.tracks k on k.target_id = t.target_id
          cross join lateral (
            select s.bucket, percentile_cont(0.5) within group (order by v.ms) as median
            from public.samples_daily s cross join unnest(s.ttft) v (ms)
            where s.track_id = k.id and s.bucket > d.until - interval '37 days'
              and s.bucket < date_trunc('day', d.until, 'UTC')
            group by s.bucket) m
        group by t.slug, t.model, t.target_id, k.region, k.series
        having count(*) >= 35) drifted
    where drifted.recent >= 1.2 * drifted.reference
    order by drifted.recent / drifted.reference desc, drifted.region limit 1)
$$;

-- Somebody took care of what is open for longer, and nobody of what has just begun.
create function demo.add_events() returns void language sql as $$
  insert into public.incident_events (incident_id, at, type, actor, detail)
    select e.incident_id, e.at, e.type, e.actor, e.detail
    from (
      select i.id as incident_id, i.opened_at as at, 'opened' as type, null as actor,
        jsonb_build_object('severity', i.severity, 'evidence', i.evidence) as detail
      from public.incidents i
      union all
      select i.id, i.acknowledged_at, 'acknowledged', i.acknowledged_by, '{}'::jsonb
      from public.incidents i where i.acknowledged_at is not null
      union all
      select i.id, i.acknowledged_at + interval '7 minutes', 'noted', i.acknowledged_by,
        '{"note": "Their status page says nothing yet. Traffic of this region goes to the other host."}'
      from public.incidents i where i.acknowledged_at is not null
      union all
      select i.id, i.opened_at + n * interval '4 hours', 'reminded', null, '{}'
      from public.incidents i cross join demo.settings d cross join generate_series(1, 6) n
      where i.severity in ('critical', 'major') and i.acknowledged_at is null and i.parent_id is null
        and i.opened_at + n * interval '4 hours' < coalesce(i.resolved_at, d.until)
      union all
      select i.id, i.resolved_at, 'resolved', null, jsonb_build_object('reason', i.resolve_reason)
      from public.incidents i where i.resolved_at is not null) e
    order by e.at, e.type
$$;

-- Three channels, of which none can send: their variables are not set, or they are off.
create function demo.add_channels() returns void language sql as $$
  insert into public.alert_channels (name, kind, source, enabled, min_severity, settings, secrets,
      disabled_reason, consecutive_failures, created_at)
    select c.name, c.kind, 'entered', c.reason is null, c.min_severity, c.settings::jsonb, c.secrets::jsonb,
      c.reason, c.failures, d.since
    from demo.settings d
      cross join (values
        ('on-call', 'pagerduty', 'critical', '{}', '{"key": "ALERT_SECRET_ON_CALL"}', null, 0),
        ('slack-ops', 'slack', 'minor', '{}', '{"url": "ALERT_SECRET_SLACK_OPS"}', null, 0),
        ('status-page', 'webhook', 'major', '{"url": "https://status.example.com/hooks/firsttoken"}', '{}',
          'answered 410 Gone', 1)) c (name, kind, min_severity, settings, secrets, reason, failures)
$$;

-- Who was told. The webhook took nothing of what came last.
create function demo.add_deliveries() returns void language sql as $$
  insert into public.notification_deliveries (id, incident_id, event, seq, channel, payload, state, attempts,
      next_attempt_at, last_error, sent_at, created_at)
    select demo.id(e.at, 14 + c.n, e.n), e.incident_id, e.event, e.seq, c.name,
      jsonb_build_object('at', e.at, 'incident', to_jsonb(i)), case when c.enabled then 'sent' else 'dead' end,
      case when not c.enabled then 1 when e.n % 9 = 4 then 2 else 1 end, e.at,
      case when not c.enabled then c.disabled_reason end, case when c.enabled then e.at + interval '2 s' end,
      e.at
    from (
        select v.incident_id, case v.type when 'opened' then 'opened' when 'resolved' then 'resolved'
            else 'reminded' end as event,
          row_number() over (partition by v.incident_id, v.type order by v.id) - 1 as seq, v.at,
          row_number() over (order by v.id)::integer as n
        from public.incident_events v
        where v.type in ('opened', 'reminded', 'resolved')) e
      join public.incidents i on i.id = e.incident_id and not i.shadow and i.parent_id is null
      join (select row_number() over (order by name)::integer as n, * from public.alert_channels) c
        on firsttoken.severity_rank(c.min_severity) <= firsttoken.severity_rank(i.severity)
    where c.enabled or e.at = (
      select max(o.opened_at) from public.incidents o
      where o.severity in ('critical', 'major') and o.parent_id is null)
$$;

-- All of it. Every target counts as judged until its last result, so that a server finds nothing to judge.
create function demo.add_incidents() returns void language plpgsql as $$
begin
  perform demo.add_down();
  perform demo.add_slow();
  perform demo.add_wide();
  perform demo.add_others();
  update demo.incidents i set scope = firsttoken.target_scope(i.target_id, i.region) where i.scope is null;
  -- What is open opens no second time.
  insert into public.incidents (id, scope, kind, severity, provider, model, target_id, region, first_bad_at,
      opened_at, resolved_at, resolve_reason, shadow, evidence)
    select demo.id(i.opened_at, 13, (row_number() over (order by i.opened_at, i.kind, i.scope))::integer),
      i.scope, i.kind, i.severity, i.slug, i.model, i.target_id, i.region, i.first_bad_at, i.opened_at,
      i.resolved_at, i.resolve_reason, i.shadow, i.evidence
    from demo.incidents i
    where not exists (
      select from demo.incidents o
      where o.scope = i.scope and o.kind = i.kind and (o.opened_at, o.ctid) < (i.opened_at, i.ctid)
        and coalesce(o.resolved_at, 'infinity') >= i.opened_at);
  update public.incidents i set parent_id = wide.id
    from public.incidents wide
    where wide.kind = 'provider_wide' and i.kind = 'down' and i.provider = wide.provider
      and i.first_bad_at >= wide.first_bad_at and i.first_bad_at < wide.first_bad_at + interval '2 hours';
  update public.incidents i
    set acknowledged_at = i.opened_at + interval '18 minutes', acknowledged_by = 'Dana'
    from demo.settings d
    where i.resolved_at is null and i.severity <> 'info' and i.opened_at < d.until - interval '2 hours';
  perform demo.add_events();
  perform demo.add_channels();
  perform demo.add_deliveries();
  insert into public.alert_states (scope, version, evaluated_until)
    select firsttoken.target_scope(b.target_id, b.region), 1, max(b.created_at)
    from public.benchmark_results b where b.target_id is not null group by b.target_id, b.region;
  insert into public.maintenance_windows (id, name, scope, starts_at, ends_at, cron, duration_minutes,
      time_zone, reason, created_at)
    select demo.id(d.until, 17, w.n), w.name, w.scope, date_trunc('hour', d.until) + w.after,
      date_trunc('hour', d.until) + w.after + interval '2 hours', w.cron, w.minutes, w.zone, w.reason, d.since
    from demo.settings d
      cross join (values
        (1, 'The database moves', 'all', interval '20 hours', null, null, null, 'Nothing can be recorded.'),
        (2, 'Weekly restart of the router', 'provider/openrouter', null, '0 3 * * 0', 45, 'Europe/Berlin', null)
      ) w (n, name, scope, after, cron, minutes, zone, reason);
end $$;
