UPDATE event SET
  title = coalesce(?2, title),
  plan = coalesce(?3, plan),
  place = coalesce(?4, place),
  setting = coalesce(?5, setting),
  brand = coalesce(?6, brand),
  planned_on = coalesce(?7, planned_on),
  held_on = coalesce(?8, held_on),
  cost_fen = coalesce(?9, cost_fen),
  state = coalesce(?10, state)
WHERE id = ?1
