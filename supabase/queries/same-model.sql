-- One model at several providers
-- The same model wherever it is served: medians of the last 7 days, uptime, and its current price in USD per
-- million tokens. Names are considered equal in lower case, from the last / on, without an ending such as
-- :free. Few samples mean little: see n_samples.
with offers as (
  select regexp_replace(regexp_replace(lower(k.model), '^.*/', ''), ':[a-z]+$', '') as same_model,
    k.region, k.series, k.provider, k.model, k.target_id,
    max(s.n) filter (where s.metric = 'latency') as n,
    max(s.value) filter (where s.metric = 'ttft') as ttft,
    max(s.value) filter (where s.metric = 'tps') as tps,
    max(s.value) filter (where s.metric = 'uptime') as uptime
  from target_summary s
    join tracks k on k.id = s.track_id
  where s.period = '7d' and not k.synthetic
  group by k.id
)
select o.same_model, o.region, o.series, o.provider, o.model, o.n as n_samples,
  round(o.ttft::numeric, 1) as ttft_p50_ms,
  round(o.tps::numeric, 1) as tps_p50,
  round(floor(o.uptime::numeric * 100) / 100, 2) as uptime_percent,
  price.input_price_per_m as input_usd_per_m, price.output_price_per_m as output_usd_per_m
from offers o
  left join targets t on t.id = o.target_id
  left join lateral latest_price(t.model_id) price on true
where (o.same_model, o.region, o.series) in (
  select same.same_model, same.region, same.series from offers same
  group by 1, 2, 3 having count(distinct same.provider) > 1)
order by o.same_model, o.region, o.series, o.ttft, o.provider, o.model;
