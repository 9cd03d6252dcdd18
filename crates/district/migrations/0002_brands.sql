-- What towns released about their brands after their own confidentiality review: the only texts here that can be read.
CREATE TABLE brand_sheet (
    town           TEXT PRIMARY KEY REFERENCES town (code),
    -- place of the release in the town's scope; the last one counts
    server_seq     INTEGER NOT NULL,
    released_at_ms INTEGER NOT NULL,
    sheet          BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Packages that were reviewed: of two reviews of one package the first holds, here as in the town.
CREATE TABLE handover_review (
    town     TEXT NOT NULL REFERENCES town (code),
    handover BLOB NOT NULL CHECK (length(handover) = 16),
    PRIMARY KEY (town, handover)
) STRICT, WITHOUT ROWID;
