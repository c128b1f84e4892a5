-- Prices that one model had
-- The last 365 days, in USD per million tokens; put the name of the model here. valid_until is when a price
-- ended that nothing replaced.
select p.name as provider, pr.input_price_per_m as input_usd_per_m, pr.output_price_per_m as output_usd_per_m,
  pr.source, pr."timestamp" as since, pr.valid_until
from prices pr
  join models m on m.id = pr.model_id
  join providers p on p.id = pr.provider_id
where m.name = 'gpt-4o-mini' and pr."timestamp" >= now() - interval '365 days'
order by pr."timestamp" desc, p.name;
