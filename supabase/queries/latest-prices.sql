-- Prices in force
-- The current price of every model, in USD per million tokens: the manual one, else the latest of any source.
-- overrides apply instead at certain hours, or above a number of input tokens.
select p.name as provider, m.name as model, pr.input_price_per_m as input_usd_per_m,
  pr.output_price_per_m as output_usd_per_m, pr.cached_price_per_m as cached_usd_per_m, pr.overrides,
    pr.source, pr.as_of, pr."timestamp" as since
from models m
  join providers p on p.id = m.provider_id
  cross join lateral latest_price(m.id) pr
where pr.id is not null
order by p.name, m.name;
