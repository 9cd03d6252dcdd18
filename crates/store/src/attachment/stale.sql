WITH named AS (
  SELECT activity AS subject, hash, scope, bytes_len FROM evidence
  UNION ALL SELECT f.brand, f.hash, b.scope, f.bytes_len FROM brand_file f JOIN brand b ON b.id = f.brand
  UNION ALL SELECT id, mark_hash, scope, mark_bytes_len FROM brand WHERE mark IS NOT NULL
  UNION ALL SELECT p.event, p.hash, e.scope, p.bytes_len FROM event_photo p JOIN event e ON e.id = p.event
)
SELECT 1 FROM named n
WHERE NOT EXISTS (SELECT 1 FROM attachment_lane l WHERE l.subject = n.subject AND l.hash = n.hash)
UNION ALL
SELECT 1 FROM attachment_lane l
WHERE l.state = 2 AND EXISTS (SELECT 1 FROM attachment a WHERE a.hash = l.hash)
UNION ALL
SELECT 1 FROM attachment_lane l JOIN subject_key k ON k.subject = l.subject
WHERE l.blob IS NULL AND k.tombstone = 0 AND EXISTS (SELECT 1 FROM data_key d WHERE d.id = k.data_key)
UNION ALL
SELECT 1 FROM attachment_lane l
WHERE l.state IN (0, 2, 4) AND NOT EXISTS (SELECT 1 FROM named n WHERE n.subject = l.subject AND n.hash = l.hash)
LIMIT 1
