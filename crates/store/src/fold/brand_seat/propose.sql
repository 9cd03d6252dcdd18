INSERT INTO brand_standing (
  brand, scope, state, since_at, since_op, proposed_at, proposed_by, submitted_at, submitted_by
) VALUES (?1, ?2, ?3, ?4, ?5, ?4, ?6, ?4, ?6)
