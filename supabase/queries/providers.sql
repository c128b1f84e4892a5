-- Every provider, by name.
select * from providers order by name;
