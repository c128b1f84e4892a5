-- Price of one model
-- Its current price at each provider that has it, in USD per million tokens; put the name of the model here.
select p.name as provider, pr.input_price_per_m as input_usd_per_m, pr.output_price_per_m as output_usd_per_m,
  pr.source, pr."timestamp" as since
from models m
  join providers p on p.id = m.provider_id
  cross join lateral latest_price(m.id) pr
where m.name = 'gpt-4o-mini' and pr.id is not null
order by p.name;
