-- Whose account is out of sight is not joined (see sight.rs).
SELECT coalesce(sum(f.amount_units), 0)
FROM account i
JOIN transfer f ON f.credit = i.no AND f.effective_on BETWEEN ?2 AND ?3 AND f.reverses IS NOT NULL
JOIN account d ON d.no = f.debit
WHERE i.ledger = 'points' AND i.owner_kind = ?1 AND d.owner_kind IN (1, 2)
