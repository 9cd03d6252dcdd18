INSERT INTO enrol_code (hash, town, label, scopes, made_at_ms, expires_at_ms)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)
