SELECT t.id, d.owner_kind, d.owner, c.owner_kind, c.owner, t.amount_units, t.effective_on, t.posted_at, t.reverses
FROM transfer t JOIN main.account d ON d.no = t.debit JOIN main.account c ON c.no = t.credit
WHERE t.source = ?1 ORDER BY t.posted_at, t.reverses IS NULL, t.id
