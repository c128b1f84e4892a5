-- What one model costs now, in USD per million tokens: put its name here.
select pr.input_price_per_m, pr.output_price_per_m, pr.source, pr."timestamp" as since
from models m
  cross join lateral latest_price(m.id) pr
where m.id = (select id from models where name = 'gpt-4o-mini' order by created_at limit 1)
  and pr.id is not null;
