-- ?9: this step asks. ?10: the state is another one, so since, reason and note are this step's.
INSERT INTO person_data (resident, scope, state, since_at, reason, note, asked, asked_at, asked_by, asked_for, asked_note)
VALUES (
  ?1, ?2, ?3, ?4, iif(?10, ?5, NULL), iif(?10, ?6, NULL),
  ?7, iif(?9, ?4, NULL), iif(?9, ?8, NULL), iif(?9, ?5, NULL), iif(?9, ?6, NULL)
)
ON CONFLICT (resident) DO UPDATE SET
  state = ?3,
  since_at = iif(?10, ?4, since_at),
  reason = iif(?10, ?5, reason),
  note = iif(?10, ?6, note),
  asked = ?7,
  asked_at = iif(?9, ?4, iif(?7 IS NULL, NULL, asked_at)),
  asked_by = iif(?9, ?8, iif(?7 IS NULL, NULL, asked_by)),
  asked_for = iif(?9, ?5, iif(?7 IS NULL, NULL, asked_for)),
  asked_note = iif(?9, ?6, iif(?7 IS NULL, NULL, asked_note))
