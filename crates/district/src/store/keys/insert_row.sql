INSERT INTO person_key (town, subject, data_key, wrapped, tombstone, key_seq)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)
