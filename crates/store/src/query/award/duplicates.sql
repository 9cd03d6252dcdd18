-- The second branch is the household's account, to which members record for one another.
SELECT twin.id
FROM award a
JOIN rule_version mine ON mine.id = a.rule_version
JOIN award twin ON twin.resident = a.resident AND twin.occurred_on = a.occurred_on
JOIN rule_version theirs ON theirs.id = twin.rule_version
WHERE a.id = ?1 AND twin.id <> a.id AND twin.state IN (0, 2) AND theirs.rule = mine.rule
UNION
SELECT twin.id
FROM award a
JOIN rule_version mine ON mine.id = a.rule_version
JOIN award twin ON twin.household = a.household AND twin.occurred_on = a.occurred_on AND twin.subject = 1
JOIN rule_version theirs ON theirs.id = twin.rule_version
WHERE a.id = ?1 AND a.subject = 1 AND twin.id <> a.id AND twin.state IN (0, 2) AND theirs.rule = mine.rule
ORDER BY 1 LIMIT ?2
