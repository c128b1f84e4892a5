-- The price in force of every model, in USD per million tokens: what a person set, else the latest. One index look-up a model.
select p.name as provider, m.name as model, pr.input_price_per_m, pr.output_price_per_m, pr.cached_price_per_m,
  pr.overrides, pr.source, pr.as_of, pr."timestamp" as since
from models m
  join providers p on p.id = m.provider_id
  cross join lateral latest_price(m.id) pr
where pr.id is not null
order by p.name, m.name;
