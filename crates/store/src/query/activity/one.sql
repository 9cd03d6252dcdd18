-- A part stands in each scope that the activity touched; name, rule and day are the same in all.
SELECT t.id, max(t.name), t.rule_version, t.occurred_on, min(t.recorded_at), t.recorded_by,
       (SELECT count(*) FROM award a WHERE a.activity = t.id AND a.state = 0),
       (SELECT count(*) FROM award a WHERE a.activity = t.id AND a.state = 1),
       (SELECT count(*) FROM award a WHERE a.activity = t.id AND a.state = 2),
       (SELECT count(*) FROM award a WHERE a.activity = t.id AND a.state = 3)
FROM activity t
WHERE t.id = ?1
GROUP BY t.id
