-- Ids of activities are in the order of time, so the window is found in the index alone; only the
-- awards of the activities inside it are counted.
WITH page AS (
  SELECT t.id, max(t.name) AS name, t.rule_version, t.occurred_on,
         min(t.recorded_at) AS recorded_at, t.recorded_by
  FROM activity t
  WHERE t.recorded_by = ?1
  GROUP BY t.id
  ORDER BY t.id DESC LIMIT ?2 OFFSET ?3
)
SELECT p.id, p.name, p.rule_version, p.occurred_on, p.recorded_at, p.recorded_by,
       coalesce(sum(a.state = 0), 0), coalesce(sum(a.state = 1), 0),
       coalesce(sum(a.state = 2), 0), coalesce(sum(a.state = 3), 0)
FROM page p LEFT JOIN award a ON a.activity = p.id
GROUP BY p.id
ORDER BY p.id DESC
