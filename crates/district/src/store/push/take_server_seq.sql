INSERT INTO scope (code, town, next_seq)
VALUES (?1, ?2, 2)
ON CONFLICT (code) DO UPDATE SET next_seq = next_seq + 1
RETURNING next_seq - 1
