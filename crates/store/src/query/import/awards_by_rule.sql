SELECT count(*)
FROM activity t JOIN award a ON a.activity = t.id AND a.scope = t.scope
WHERE t.rule_version = ?1 AND a.rule_version = ?1
