-- What models of a kind cost at each provider now: put a part of their name here.
select p.name as provider, m.name as model, pr.input_price_per_m, pr.output_price_per_m, pr.source, pr."timestamp" as since
from models m
  join providers p on p.id = m.provider_id
  cross join lateral latest_price(m.id) pr
where m.name like '%gpt-4o-mini%' and pr.id is not null
order by pr."timestamp" desc, p.name;
