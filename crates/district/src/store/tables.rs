//! Every table, in the order in which a backup is read back. What is listed here
//! is summed, verified, backed up and restored; a test compares the list with
//! the database's own columns.

pub(crate) mod console;

/// A table. Its last column in the database is `sum`, which is not listed.
pub(crate) struct Table {
    pub(crate) name: &'static str,
    pub(crate) columns: &'static [Column],
    /// So many columns from the left are the primary key; the first is the town,
    /// which is empty for what belongs to the district.
    pub(crate) key: usize,
    /// Rows held in memory at a time when all are read: about 4 MB of usual rows.
    pub(crate) page_rows: usize,
}

/// A column.
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// Whether it enters the row's sum.
    pub(crate) summed: bool,
}

/// Type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// 64 bits.
    Int,
    /// Text.
    Text,
    /// Bytes.
    Blob,
}

impl Kind {
    /// The type's name in PostgreSQL.
    pub(crate) const fn array(self) -> &'static str {
        match self {
            Self::Int => "bigint",
            Self::Text => "text",
            Self::Blob => "bytea",
        }
    }
}

/// Rows of a usual table that are read at a time.
const PAGE_ROWS: usize = 2_000;

impl Table {
    /// A table all of whose columns enter the sum.
    pub(crate) const fn new(name: &'static str, key: usize, columns: &'static [Column]) -> Self {
        Self { name, columns, key, page_rows: PAGE_ROWS }
    }

    /// The columns' names, separated by commas.
    pub(crate) fn names(&self) -> String {
        self.columns.iter().map(|column| column.name).collect::<Vec<_>>().join(", ")
    }

    /// The names of the primary key.
    pub(crate) fn key_names(&self) -> Vec<&'static str> {
        self.columns[..self.key].iter().map(|column| column.name).collect()
    }

    /// The columns' types, with that of the sum.
    pub(crate) fn kinds(&self) -> Vec<Kind> {
        self.columns.iter().map(|column| column.kind).chain([Kind::Blob]).collect()
    }
}

pub(crate) const fn int(name: &'static str) -> Column {
    Column { name, kind: Kind::Int, summed: true }
}

pub(crate) const fn text(name: &'static str) -> Column {
    Column { name, kind: Kind::Text, summed: true }
}

pub(crate) const fn blob(name: &'static str) -> Column {
    Column { name, kind: Kind::Blob, summed: true }
}

/// A column that stays out of the sum.
const fn loose(column: Column) -> Column {
    Column { summed: false, ..column }
}

pub(crate) const META: Table = Table::new("meta", 2, &[text("town"), text("name"), blob("value")]);

pub(crate) const TOWN: Table = Table::new("town", 1, &[text("town"), int("key_generation"), int("made_at_ms")]);

pub(crate) const ENROL_CODE: Table = Table::new(
    "enrol_code",
    2,
    &[
        text("town"),
        blob("hash"),
        text("label"),
        text("scopes"),
        int("made_at_ms"),
        int("expires_at_ms"),
        int("used_at_ms"),
        blob("used_by"),
    ],
);

pub(crate) const DEVICE: Table = Table::new(
    "device",
    2,
    &[
        text("town"),
        blob("id"),
        text("label"),
        text("scopes"),
        blob("sign_key"),
        blob("seal_key"),
        int("epoch"),
        blob("token_hash"),
        int("enrolled_at_ms"),
        int("revoked_at_ms"),
        int("contact_at_ms"),
        int("forked_at_ms"),
        text("program"),
        int("pending_ops"),
        int("oldest_pending_at_ms"),
    ],
);

pub(crate) const SCOPE: Table = Table::new("scope", 2, &[text("town"), text("code"), int("next_seq"), blob("peaks")]);

/// The bytes are checked by their hash, and `damaged` is what a check wrote.
pub(crate) const OP: Table = Table {
    name: "op",
    columns: &[
        text("town"),
        blob("device"),
        int("epoch"),
        int("seq"),
        blob("hash"),
        blob("id"),
        text("scope"),
        int("server_seq"),
        text("issue"),
        text("reject_code"),
        int("received_at_ms"),
        loose(int("damaged")),
        loose(blob("bytes")),
    ],
    key: 4,
    // the largest op has 512 KB: 100 MB at the very worst, 100 KB as a rule
    page_rows: 200,
};

pub(crate) const MERKLE_NODE: Table =
    Table::new("merkle_node", 4, &[text("town"), text("scope"), int("level"), int("idx"), blob("hash")]);

pub(crate) const CHAIN_HEAD: Table = Table::new(
    "chain_head",
    4,
    &[text("town"), blob("device"), int("epoch"), int("seq"), text("alg"), blob("signature")],
);

pub(crate) const PERSON_KEY: Table = Table::new(
    "person_key",
    2,
    &[
        text("town"),
        blob("subject"),
        text("scope"),
        blob("data_key"),
        int("generation"),
        blob("wrapped"),
        int("tombstone"),
        int("key_seq"),
    ],
);

pub(crate) const KEY_LANE: Table =
    Table::new("key_lane", 2, &[text("town"), text("scope"), int("next_seq"), blob("chain")]);

pub(crate) const KEY_PLACE: Table =
    Table::new("key_place", 3, &[text("town"), text("scope"), int("key_seq"), blob("chain")]);

pub(crate) const KEY_GRANT: Table = Table::new(
    "key_grant",
    4,
    &[text("town"), blob("for_device"), blob("data_key"), blob("from_device"), blob("wrapped"), int("at_ms")],
);

pub(crate) const KEY_HELD: Table =
    Table::new("key_held", 3, &[text("town"), blob("device"), blob("data_key"), int("lacked")]);

pub(crate) const BRAND_SHEET: Table =
    Table::new("brand_sheet", 1, &[text("town"), int("server_seq"), int("released_at_ms"), blob("sheet")]);

pub(crate) const HANDOVER_REVIEW: Table = Table::new("handover_review", 2, &[text("town"), blob("handover")]);

pub(crate) const RIGHT_HOLDER: Table =
    Table::new("right_holder", 2, &[text("town"), text("scope"), blob("device"), int("since_ms")]);

pub(crate) const RIGHT_WANT: Table =
    Table::new("right_want", 3, &[text("town"), text("scope"), blob("device"), int("since_ms")]);

pub(crate) const BLOB: Table = Table::new(
    "blob",
    2,
    &[
        text("town"),
        blob("id"),
        text("scope"),
        int("total_bytes"),
        blob("sealed_hash"),
        int("have_bytes"),
        int("done"),
        blob("device"),
        int("changed_at_ms"),
    ],
);

pub(crate) const BLOB_PIECE: Table = Table {
    name: "blob_piece",
    columns: &[text("town"), blob("blob"), int("place"), blob("bytes")],
    key: 3,
    // 512 KB each
    page_rows: 8,
};

pub(crate) const SNAPSHOT: Table = Table {
    name: "snapshot",
    columns: &[
        text("town"),
        blob("id"),
        int("received_at_ms"),
        blob("device"),
        text("scopes"),
        blob("manifest"),
        text("alg"),
        blob("signature"),
    ],
    key: 2,
    page_rows: 8,
};

pub(crate) const BUNDLE_VECTOR: Table =
    Table::new("bundle_vector", 2, &[text("town"), blob("device"), int("received_at_ms"), blob("vector")]);

pub(crate) const PUBLISHED: Table = Table {
    name: "published",
    columns: &[
        text("town"),
        text("kind"),
        int("version"),
        blob("bytes"),
        int("published_at_ms"),
        text("published_by"),
        text("alg"),
        blob("signature"),
    ],
    key: 3,
    page_rows: 8,
};

/// The tables of this module; those of the console follow them.
const DEVICES: [&Table; 22] = [
    &META,
    &TOWN,
    &ENROL_CODE,
    &DEVICE,
    &SCOPE,
    &OP,
    &MERKLE_NODE,
    &CHAIN_HEAD,
    &PERSON_KEY,
    &KEY_LANE,
    &KEY_PLACE,
    &KEY_GRANT,
    &KEY_HELD,
    &BRAND_SHEET,
    &HANDOVER_REVIEW,
    &RIGHT_HOLDER,
    &RIGHT_WANT,
    &BLOB,
    &BLOB_PIECE,
    &SNAPSHOT,
    &BUNDLE_VECTOR,
    &PUBLISHED,
];

/// Every table.
pub(crate) fn all() -> impl Iterator<Item = &'static Table> {
    DEVICES.into_iter().chain(console::ALL)
}
