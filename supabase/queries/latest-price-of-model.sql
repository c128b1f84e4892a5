-- What one model costs now, in USD per million tokens: put its name here.
select pr.input_price_per_m, pr.output_price_per_m, pr."timestamp" as since
from prices pr
where pr.model_id = (select id from models where name = 'gpt-4o-mini' order by created_at limit 1)
order by pr."timestamp" desc
limit 1;
