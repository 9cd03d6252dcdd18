INSERT INTO brand_sheet (town, server_seq, released_at_ms, sheet)
VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (town) DO UPDATE
SET server_seq = excluded.server_seq, released_at_ms = excluded.released_at_ms, sheet = excluded.sheet
WHERE excluded.server_seq > brand_sheet.server_seq
