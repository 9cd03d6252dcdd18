-- Of several lines of one resident the first.
SELECT a.id, a.resident, a.guest
FROM attendance a
WHERE a.event = ?1
AND NOT EXISTS (
  SELECT 1 FROM attendance b WHERE b.event = a.event AND b.resident = a.resident AND b.no < a.no)
ORDER BY a.no
LIMIT ?2
