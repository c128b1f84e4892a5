-- What an answer and a thousand visible tokens cost in the last 30 days. Visible are tokens that are no reasoning.
select p.name as provider,
  m.name as model,
  count(*) as answers,
  avg(r.cost_usd) as usd_per_answer,
  1000 * sum(r.cost_usd) filter (where r.output_tokens > coalesce(r.reasoning_tokens, 0))
    / nullif(sum(r.output_tokens - coalesce(r.reasoning_tokens, 0)) filter (where r.cost_usd is not null), 0) as usd_per_1k_visible_tokens,
  count(*) filter (where r.cost_usd is null) as cost_unknown
from benchmark_results r
  join providers p on p.id = r.provider_id
  join models m on m.id = r.model_id
where r.created_at >= now() - interval '30 days' and r.success
group by p.name, m.name
order by usd_per_answer desc nulls last;
