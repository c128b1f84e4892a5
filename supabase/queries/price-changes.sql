-- Prices that changed
-- In the last 90 days, with the price before, in USD per million tokens.
select provider, model, since, input_before as input_usd_per_m_before, input_now as input_usd_per_m,
  output_before as output_usd_per_m_before, output_now as output_usd_per_m, source, as_of, valid_until
from price_changes
where since >= now() - interval '90 days'
order by since desc, provider, model;
