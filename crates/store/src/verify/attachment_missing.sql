-- Files that operations name, that the lane says are here (to send, sent, fetched, refused by the district), and that are
-- not, or are shorter or longer than the operation says. What went with an erased person is missed by nobody.
WITH named AS (
  SELECT activity AS subject, hash, bytes_len FROM evidence
  UNION SELECT f.brand, f.hash, f.bytes_len FROM brand_file f
  UNION SELECT id, mark_hash, mark_bytes_len FROM brand WHERE mark IS NOT NULL
  UNION SELECT p.event, p.hash, p.bytes_len FROM event_photo p
)
SELECT DISTINCT n.hash
FROM named n JOIN attachment_lane l ON l.subject = n.subject AND l.hash = n.hash
LEFT JOIN attachment a ON a.hash = n.hash
WHERE l.state <> 2 AND (a.hash IS NULL OR length(a.bytes) <> n.bytes_len)
  AND NOT EXISTS (SELECT 1 FROM subject_key k WHERE k.subject = n.subject AND k.tombstone = 1)
ORDER BY n.hash
