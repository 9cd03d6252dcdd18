SELECT f.id, f.hash, f.mime, f.bytes_len, EXISTS (SELECT 1 FROM attachment b WHERE b.hash = f.hash)
FROM (
  SELECT id, hash, mime, bytes_len FROM evidence
  UNION ALL
  SELECT id, hash, mime, bytes_len FROM brand_file
  UNION ALL
  SELECT mark, mark_hash, mark_mime, mark_bytes_len FROM brand WHERE mark IS NOT NULL
  UNION ALL
  SELECT id, hash, mime, bytes_len FROM event_photo
) f
WHERE f.id = ?1
LIMIT 1
