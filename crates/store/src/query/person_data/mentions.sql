-- ?1: the text. ?2: records of the person, ?3: activities that go with them, both as lists of hex. id: what is opened to
-- correct it. owner: whose key seals it, where that is a person's or an activity's.
WITH written (kind, id, text, owner) AS (
  SELECT 'activity', id, name, id FROM activity
  UNION ALL
  SELECT 'event', id, concat_ws(' / ', title, plan, place), NULL FROM event
  UNION ALL
  SELECT 'guest', event, guest, NULL FROM attendance
  UNION ALL
  SELECT 'photo', event, caption, NULL FROM event_photo
  UNION ALL
  SELECT 'brand', id, concat_ws(' / ', name, slogan, domain, owner_unit, story, objectives), NULL FROM brand
  UNION ALL
  SELECT 'brand_step', brand, reason, NULL FROM brand_step
  UNION ALL
  SELECT 'brand_step', brand, findings, NULL FROM assessment
  UNION ALL
  SELECT 'handover', id, concat_ws(' / ', purpose, reason), NULL FROM handover
  UNION ALL
  SELECT 'award', resident, concat_ws(' / ', reason, reverse_reason), resident FROM award
  UNION ALL
  SELECT 'order', id, concat_ws(' / ', place, note, reason), beneficiary FROM service_order
  UNION ALL
  SELECT 'need', id, concat_ws(' / ', place, note, close_reason), resident FROM need
  UNION ALL
  SELECT 'gift', giver, concat_ws(' / ', relation, note, reverse_reason), giver FROM time_gift
  UNION ALL
  SELECT 'guardian', resident, guardian, resident FROM consent
  UNION ALL
  SELECT 'step', resident, note, resident FROM person_step
  UNION ALL
  SELECT 'query', resident, concat_ws(' / ', reason, authorisation), resident FROM query_made
  UNION ALL
  SELECT 'decision', id, reason, substr(about, 2) FROM issue_settled
)
SELECT DISTINCT kind, id, text FROM written
WHERE instr(text, ?1) > 0
  AND (owner IS NULL
       OR hex(owner) NOT IN (SELECT value FROM json_each(?2) UNION ALL SELECT value FROM json_each(?3)))
LIMIT ?4
