INSERT INTO device (id, town, label, scopes, sign_key, seal_key, epoch, token_hash, enrolled_at_ms)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
ON CONFLICT (id) DO UPDATE SET
    label = excluded.label,
    scopes = excluded.scopes,
    token_hash = excluded.token_hash,
    enrolled_at_ms = excluded.enrolled_at_ms,
    revoked_at_ms = NULL
