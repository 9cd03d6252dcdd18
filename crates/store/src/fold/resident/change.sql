UPDATE resident SET
  village = ?2, household_no = ?3, name = ?4, id_number = ?5, phone = ?6, address = ?7,
  relation = ?8, grid = ?9, registers = ?10
WHERE no = ?1
