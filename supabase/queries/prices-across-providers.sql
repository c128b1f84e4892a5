-- Prices of a kind of model
-- The current prices of models whose names share a part, at each provider, in USD per million tokens; put
-- that part here.
select p.name as provider, m.name as model, pr.input_price_per_m as input_usd_per_m,
  pr.output_price_per_m as output_usd_per_m, pr.source, pr."timestamp" as since
from models m
  join providers p on p.id = m.provider_id
  cross join lateral latest_price(m.id) pr
where m.name ilike '%gpt-oss%' and pr.id is not null
order by output_usd_per_m, p.name, m.name;
