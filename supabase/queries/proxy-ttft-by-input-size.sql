-- TTFT of traffic by size of input
-- What the proxy saw streamed in the last 7 days, by the input tokens that were not cached, each
-- class from input_from on: the length of a prompt explains most of how TTFT differs. A p95 needs 59 samples.
select s.provider, s.model, s.input_size as input_from, count(*) as n_samples,
  round(percentile_cont(0.5) within group (order by sample)::numeric, 1) as ttft_p50_ms,
  case when count(*) >= 59
    then round(percentile_cont(0.95) within group (order by sample)::numeric, 1) end as ttft_p95_ms
from proxy_minutes m
  join proxy_series s on s.id = m.series_id
  cross join unnest(m.ttft) sample
where m.bucket >= now() - interval '7 days' and not s.synthetic
group by s.provider, s.model, s.input_size
order by s.provider, s.model, s.input_size;
