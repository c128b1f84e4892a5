-- Providers
-- Every provider that is or was called. penalty_until: until when it asked us to pause.
select name, slug, base_url, synthetic, penalty_until, created_at
from providers
order by name;
