SELECT beneficiary, payer, planned_min, state, volunteer, signed_in_min, signed_out_min, volunteer_way,
       beneficiary_way, credited_min, makers
FROM service_order WHERE id = ?1 AND scope = ?2
