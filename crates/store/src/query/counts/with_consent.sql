-- Both sides are read in the order of the id, so this is one pass over two small indexes.
SELECT count(*)
FROM (SELECT DISTINCT resident FROM consent WHERE withdrawn_on IS NULL) AS consenting
WHERE EXISTS (SELECT 1 FROM resident r WHERE r.id = consenting.resident)
