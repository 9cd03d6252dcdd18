SELECT town, label, scopes, expires_at_ms, used_by
FROM enrol_code
WHERE hash = ?1
