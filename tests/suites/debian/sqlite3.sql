.bail on
create table n (i integer primary key, square integer, name text);
with recursive c(i) as (values (1) union all select i + 1 from c where i < 20000)
insert into n select i, i * i, printf('%05d', i) from c;
create index by_name on n (name);
select count(*), sum(square), max(name) from n where i % 3 = 0;
select i, sum(i) over (order by i rows 2 preceding) from n limit 4 offset 10;
explain query plan select * from n where name = '00042';
update n set square = -square where name like '%7';
select sum(square), avg(i), total(i) / 7 from n;
begin; delete from n where i > 100; rollback;
select json_extract('{"a": [1, {"b": 2.5}]}', '$.a[1].b'), hex(zeroblob(3)), round(2.5), 1e100, 9223372036854775807;
create virtual table docs using fts5 (body);
insert into docs values ('the quick brown fox'), ('lazy dogs sleep'), ('a fox sleeps');
select group_concat(rowid) from docs where docs match 'fox';
select strftime('%Y-%m-%d', 1000000000, 'unixepoch'), julianday('2000-01-01');
attach 'other.db' as other; create table other.t as select * from n; select count(*) from other.t;
pragma other.integrity_check; vacuum; pragma integrity_check;
