-- Traffic by model and client
-- What passed through the proxy in the last 7 days, most requests first: failures by whose fault they were,
-- requests whose client left before the end (nobody's failure), tokens and cost. Change the interval at will:
-- minutes are kept for ever.
select s.provider, s.model, s.client, sum(m.n_requests) as n_requests, sum(m.n_provider) as n_provider_failed,
  round(100.0 * sum(m.n_provider) / nullif(sum(m.n_ok + m.n_provider), 0), 2) as provider_failed_percent,
  sum(m.n_account + m.n_config + m.n_excluded + m.n_self) as n_otherwise_failed,
  sum(m.n_client_left) as n_client_left, sum(m.input_tokens) as input_tokens,
  sum(m.cached_tokens) as cached_tokens, sum(m.output_tokens) as output_tokens,
  round(sum(m.cost_usd), 6) as cost_usd
from proxy_minutes m
  join proxy_series s on s.id = m.series_id
where m.bucket >= now() - interval '7 days' and not s.synthetic
group by s.provider, s.model, s.client
order by n_requests desc, s.provider, s.model, s.client;
