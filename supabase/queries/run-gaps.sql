-- Slots without a run
-- When a schedule was not kept, and for how many slots: nothing ran, or the database was away and the slot was filed as missed.
select schedule, since, until, n_slots, reason
from run_gaps
order by since desc, schedule
limit 100;
