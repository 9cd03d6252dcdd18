INSERT INTO resident (
  id, scope, village, household_no, name, id_number, phone, address, relation, grid, registers
) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
