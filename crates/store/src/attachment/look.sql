-- A file that is named in several scopes is the whole town's: its key is theirs already.
WITH named AS (
  SELECT activity AS subject, hash, scope, bytes_len FROM evidence
  UNION ALL SELECT f.brand, f.hash, b.scope, f.bytes_len FROM brand_file f JOIN brand b ON b.id = f.brand
  UNION ALL SELECT id, mark_hash, scope, mark_bytes_len FROM brand WHERE mark IS NOT NULL
  UNION ALL SELECT p.event, p.hash, e.scope, p.bytes_len FROM event_photo p JOIN event e ON e.id = p.event
)
INSERT OR IGNORE INTO attachment_lane (subject, hash, scope, plain_bytes, state, offset_bytes)
SELECT subject, hash, iif(min(scope) = max(scope), min(scope), substr(min(scope), 1, 9)), max(bytes_len),
  iif(EXISTS (SELECT 1 FROM attachment a WHERE a.hash = named.hash), 0, 2), 0
FROM named GROUP BY subject, hash;

UPDATE attachment_lane SET state = 0, offset_bytes = 0
WHERE state = 2 AND EXISTS (SELECT 1 FROM attachment a WHERE a.hash = attachment_lane.hash);

WITH named AS (
  SELECT activity AS subject, hash, scope, bytes_len FROM evidence
  UNION ALL SELECT f.brand, f.hash, b.scope, f.bytes_len FROM brand_file f JOIN brand b ON b.id = f.brand
  UNION ALL SELECT id, mark_hash, scope, mark_bytes_len FROM brand WHERE mark IS NOT NULL
  UNION ALL SELECT p.event, p.hash, e.scope, p.bytes_len FROM event_photo p JOIN event e ON e.id = p.event
)
DELETE FROM attachment_lane
WHERE state IN (0, 2, 4) AND (subject, hash) NOT IN (SELECT subject, hash FROM named);
