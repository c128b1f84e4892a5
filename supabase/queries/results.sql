-- Every result, the latest first.
select * from benchmark_results order by created_at desc;
