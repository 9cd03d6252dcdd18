INSERT INTO milestone (brand, id, title, due_on, state, done_on)
VALUES (?1, ?2, ?3, ?4, coalesce(?5, ?7), ?6)
ON CONFLICT (brand, id) DO UPDATE SET
  title = coalesce(excluded.title, title),
  due_on = coalesce(excluded.due_on, due_on),
  state = coalesce(?5, state),
  done_on = coalesce(excluded.done_on, done_on)
