-- Where two sources differ by more than 5 % on a price, as the latest sync of each provider found it. In USD per million tokens.
select p.name as provider,
  conflict ->> 'model' as model,
  round(100 * (conflict ->> 'gap')::numeric) as percent_apart,
  conflict -> 'chosen' ->> 'source' as believed,
  (conflict -> 'chosen' ->> 'input_per_m')::double precision as input,
  (conflict -> 'chosen' ->> 'output_per_m')::double precision as output,
  conflict -> 'other' ->> 'source' as other,
  (conflict -> 'other' ->> 'input_per_m')::double precision as other_input,
  (conflict -> 'other' ->> 'output_per_m')::double precision as other_output
from providers p
  cross join lateral (
    select s.details from syncs s where s.provider_id = p.id and s.status = 'saved' order by s.started_at desc limit 1
  ) latest
  cross join lateral jsonb_array_elements(latest.details -> 'conflicts') conflict
order by percent_apart desc, provider, model;
