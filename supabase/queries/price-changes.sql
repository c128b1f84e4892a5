-- Every price that changed in the last 90 days, with the one before it and when it was ended, in USD per million tokens.
select *
from (
  select p.name as provider,
    m.name as model,
    pr."timestamp" as since,
    lag(pr.input_price_per_m) over before_it as input_before,
    pr.input_price_per_m as input_now,
    lag(pr.output_price_per_m) over before_it as output_before,
    pr.output_price_per_m as output_now,
    pr.source,
    pr.as_of,
    pr.valid_until
  from prices pr
    join models m on m.id = pr.model_id
    join providers p on p.id = pr.provider_id
  window before_it as (partition by pr.model_id order by pr."timestamp", pr.id)
) changes
where changes.input_before is not null and changes.since >= now() - interval '90 days'
order by changes.since desc;
