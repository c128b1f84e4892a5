-- Slots without a run
-- When a schedule was not kept, and for how many slots: nothing ran, or the database was unreachable and the
-- slot was recorded as missed.
select schedule, since, until, n_slots, reason
from run_gaps
order by since desc, schedule
limit 100;
