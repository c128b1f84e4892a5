-- Prices that sources disagree on
-- Two prices that differ by more than 5 %, as the latest sync of each provider found them, in USD per million
-- tokens.
select p.name as provider,
  conflict ->> 'model' as model,
  round(100 * (conflict ->> 'gap')::numeric) as gap_percent,
  conflict -> 'chosen' ->> 'source' as believed,
  (conflict -> 'chosen' ->> 'input_per_m')::double precision as input_usd_per_m,
  (conflict -> 'chosen' ->> 'output_per_m')::double precision as output_usd_per_m,
  conflict -> 'other' ->> 'source' as other,
  (conflict -> 'other' ->> 'input_per_m')::double precision as other_input_usd_per_m,
  (conflict -> 'other' ->> 'output_per_m')::double precision as other_output_usd_per_m
from providers p
  cross join lateral (
    select s.details from syncs s where s.provider_id = p.id and s.status = 'saved'
    order by s.started_at desc limit 1
  ) latest
  cross join lateral jsonb_array_elements(latest.details -> 'conflicts') conflict
order by gap_percent desc, provider, model;
