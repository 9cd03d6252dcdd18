INSERT INTO key_grant (for_device, data_key, from_device, wrapped, at_ms)
SELECT id, ?2, ?3, ?4, ?5
FROM device
WHERE id = ?1 AND town = ?6 AND revoked_at_ms IS NULL
ON CONFLICT DO NOTHING
