-- Every price that a model had in the last 30 days, and when one was ended: put its name here.
select p.name as provider, pr.input_price_per_m, pr.output_price_per_m, pr.source, pr."timestamp" as since, pr.valid_until
from prices pr
  join models m on m.id = pr.model_id
  join providers p on p.id = pr.provider_id
where m.name = 'gpt-4o-mini'
  and pr."timestamp" >= now() - interval '30 days'
order by pr."timestamp" desc;
