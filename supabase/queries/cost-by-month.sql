-- What the benchmark itself cost, month by month.
select date_trunc('month', r.created_at) as month,
  p.name as provider,
  round(sum(r.cost_usd)::numeric, 6) as usd,
  sum(r.input_tokens) as input_tokens,
  sum(r.output_tokens) as output_tokens,
  count(*) as requests
from benchmark_results r
  join providers p on p.id = r.provider_id
group by 1, 2
order by 1 desc, usd desc nulls last;
