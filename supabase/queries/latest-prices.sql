-- The latest price of every model, in USD per million tokens. One index look-up a model, however long the history is.
select p.name as provider, m.name as model, pr.input_price_per_m, pr.output_price_per_m, pr."timestamp" as since
from models m
  join providers p on p.id = m.provider_id
  cross join lateral (
    select * from prices where prices.model_id = m.id order by prices."timestamp" desc limit 1
  ) pr
order by p.name, m.name;
