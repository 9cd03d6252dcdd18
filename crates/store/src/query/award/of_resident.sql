-- A resident's own awards by one index, the household's account by another, each once.
SELECT a.id, a.scope, a.activity, t.name, a.rule_version, v.rule, v.code, v.item, a.subject,
       a.resident, r.name, a.household, a.amount_points, a.occurred_on, a.recorded_at,
       a.recorded_by, a.device, a.op, a.state, a.reviewed_at, a.reviewed_by, a.reason,
       a.effective_on, a.transfer, a.reversal, a.reversed_at, a.reversed_by, a.reverse_reason
FROM award a
LEFT JOIN activity t ON t.id = a.activity AND t.scope = a.scope
LEFT JOIN rule_version v ON v.id = a.rule_version
LEFT JOIN resident r ON r.id = a.resident
WHERE a.id IN (
  SELECT id FROM (
    SELECT id, occurred_on, recorded_at FROM award WHERE resident = ?1
    UNION
    SELECT id, occurred_on, recorded_at FROM award WHERE household = ?2 AND subject = 1
    ORDER BY occurred_on DESC, recorded_at DESC, id DESC LIMIT ?3 OFFSET ?4))
ORDER BY a.occurred_on DESC, a.recorded_at DESC, a.id DESC
