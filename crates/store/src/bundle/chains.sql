-- The last place of each chain; the others count only where none before them is missing.
SELECT device, epoch, max(seq)
FROM op WHERE branch = 0
GROUP BY device, epoch
HAVING count(*) = max(seq)
ORDER BY device, epoch
