-- Providers
-- Everyone who is or was asked. penalty_until: until when they want to be left alone.
select name, slug, base_url, synthetic, penalty_until, created_at
from providers
order by name;
