INSERT OR IGNORE INTO rule_version (
  id, rule, version, code, category, item, points, unit, cap_points, cap_period, evidence, subject,
  valid_months, basis, in_force_from, recorded_at, recorded_by, op
) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)
