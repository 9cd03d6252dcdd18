-- From the first operation that waits to the last one, with the refused ones between; after a place from that place on,
-- so that the pieces of a chain follow on each other.
WITH waiting (first, last) AS (
  SELECT min(seq), max(seq) FROM op WHERE status = 0 AND device = ?1 AND epoch = ?2 AND seq > ?3 AND branch = 0
)
SELECT o.seq, o.hlc, o.id, o.hash, o.bytes
FROM waiting w JOIN op o ON o.device = ?1 AND o.epoch = ?2 AND o.seq BETWEEN iif(?3 > 0, ?3 + 1, w.first) AND w.last AND o.branch = 0
WHERE o.status IN (0, 2)
ORDER BY o.seq
