-- Probes against your traffic
-- Do probes say what users feel? Medians of TTFT of the last 24 whole hours, of probes by region and series
-- beside those of the traffic of the same model through the proxy. Prompts differ, and so do their lengths: a
-- difference that stays the same is no concern, one that grows is.
with probed as (
  select k.provider, k.model, k.region, k.series, count(*) as n,
    percentile_cont(0.5) within group (order by sample) as p50
  from rollups_hourly h
    join tracks k on k.id = h.track_id
    cross join unnest(h.ttft) sample
  where h.bucket >= date_trunc('hour', now()) - interval '24 hours' and not k.synthetic
  group by k.provider, k.model, k.region, k.series
), passed as (
  select s.provider, s.model, count(*) as n, percentile_cont(0.5) within group (order by sample) as p50
  from proxy_minutes m
    join proxy_series s on s.id = m.series_id
    cross join unnest(m.ttft) sample
  where m.bucket >= date_trunc('hour', now()) - interval '24 hours' and not s.synthetic
  group by s.provider, s.model
)
select b.provider, b.model, b.region, b.series, b.n as n_probes, t.n as n_traffic,
  round(b.p50::numeric, 1) as probe_ttft_p50_ms, round(t.p50::numeric, 1) as traffic_ttft_p50_ms,
  round((t.p50 - b.p50)::numeric, 1) as difference_ms,
  round((100 * (t.p50 / nullif(b.p50, 0) - 1))::numeric, 1) as difference_percent
from probed b
  join passed t on t.provider = b.provider and t.model = b.model
order by abs(t.p50 - b.p50) desc, b.provider, b.model, b.region, b.series;
