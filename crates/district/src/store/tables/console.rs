//! The tables of the console and of the counting.

use super::{Table, blob, int, text};

/// Who may sign in.
pub(crate) const ACCOUNT: Table = Table::new(
    "account",
    2,
    &[
        text("town"),
        text("name"),
        text("role"),
        text("password"),
        int("must_change"),
        int("locked_at_ms"),
        int("made_at_ms"),
        int("changed_at_ms"),
        int("altered_at_ms"),
        int("signed_in_at_ms"),
    ],
);

/// How signing in went.
pub(crate) const SIGN_IN: Table = Table::new(
    "sign_in",
    3,
    &[
        text("town"),
        text("name"),
        text("address"),
        int("failed"),
        int("wait_until_ms"),
        int("tried_at_ms"),
        int("right_at_ms"),
    ],
);

/// Who is signed in.
pub(crate) const SESSION: Table = Table::new(
    "session",
    2,
    &[text("town"), blob("token_hash"), text("account"), int("made_at_ms"), int("seen_at_ms")],
);

/// What was done in the console.
pub(crate) const ACT: Table = Table::new(
    "act",
    2,
    &[text("town"), int("no"), int("at_ms"), text("account"), text("act"), text("about"), text("object"), blob("hash")],
);

/// The newest of them.
pub(crate) const ACT_HEAD: Table = Table::new("act_head", 1, &[text("town"), int("no"), blob("hash")]);

/// How far each scope is counted.
pub(crate) const TALLY_CURSOR: Table = Table::new("tally_cursor", 2, &[text("town"), text("scope"), int("server_seq")]);

/// Where each award stands.
pub(crate) const TALLY_AWARD: Table = Table::new(
    "tally_award",
    3,
    &[text("town"), text("scope"), blob("award"), int("state"), int("amount_points"), int("effective_on")],
);

/// Transfers that awards posted.
pub(crate) const TALLY_TRANSFER: Table = Table::new("tally_transfer", 2, &[text("town"), blob("transfer")]);

/// Where each service order stands.
pub(crate) const TALLY_ORDER: Table = Table::new(
    "tally_order",
    3,
    &[
        text("town"),
        text("scope"),
        blob("service_order"),
        blob("beneficiary"),
        text("payer"),
        int("planned_min"),
        text("state"),
        blob("volunteer"),
        int("signed_in_min"),
        int("signed_out_min"),
        text("volunteer_way"),
        text("beneficiary_way"),
        int("credited_min"),
        int("credited_on"),
    ],
);

/// Where each gift stands.
pub(crate) const TALLY_GIFT: Table = Table::new(
    "tally_gift",
    3,
    &[
        text("town"),
        text("scope"),
        blob("gift"),
        int("to_reserve"),
        int("amount_min"),
        int("given_on"),
        int("reversed"),
    ],
);

/// The figures by month.
pub(crate) const TALLY_MONTH: Table =
    Table::new("tally_month", 3, &[text("town"), int("month"), text("measure"), int("units"), int("times")]);

/// All of them, for verification, backup and restore.
pub(crate) const ALL: [&Table; 11] = [
    &ACCOUNT,
    &SIGN_IN,
    &SESSION,
    &ACT,
    &ACT_HEAD,
    &TALLY_CURSOR,
    &TALLY_AWARD,
    &TALLY_TRANSFER,
    &TALLY_ORDER,
    &TALLY_GIFT,
    &TALLY_MONTH,
];
