-- ?1: records of the person as a list of hex. One number for each kind of text that is sealed with their keys, in the order
-- of `OwnTexts`. A decision does not keep whose key sealed its reason; `sealed_entity` does.
WITH mine (id) AS (SELECT unhex(value) FROM json_each(?1))
SELECT
  (SELECT count(*) FROM consent WHERE resident IN mine AND guardian IS NOT NULL),
  (SELECT count(*) FROM award WHERE resident IN mine AND coalesce(reason, reverse_reason) IS NOT NULL),
  (SELECT count(*) FROM service_order WHERE beneficiary IN mine AND coalesce(place, note, reason) IS NOT NULL),
  (SELECT count(*) FROM need WHERE resident IN mine AND coalesce(place, note, close_reason) IS NOT NULL),
  (SELECT count(*) FROM time_gift WHERE giver IN mine AND coalesce(relation, note, reverse_reason) IS NOT NULL),
  (SELECT count(*) FROM issue_settled WHERE reason IS NOT NULL
     AND id IN (SELECT substr(entity, 2) FROM sealed_entity WHERE subject IN mine)),
  (SELECT count(*) FROM person_step WHERE resident IN mine AND note IS NOT NULL),
  (SELECT count(*) FROM query_made WHERE resident IN mine AND coalesce(reason, authorisation) IS NOT NULL)
