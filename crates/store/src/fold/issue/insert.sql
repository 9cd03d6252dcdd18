INSERT INTO issue_settled (
  id, scope, kind, about, op, what, decision, reason, decided_at, decided_by, decided_op
) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
