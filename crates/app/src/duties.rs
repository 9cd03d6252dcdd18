//! Duties as bits in the log and as words on the screen.

use zhenxin_domain::ids::UserId;
use zhenxin_protocol::body::user;
use zhenxin_store::Reader;

use crate::contract::{Fault, session::Duty};

/// All duties, in the order of their bits. The bits are stored in operations: never change them.
const ALL: [(Duty, u32, &str); 8] = [
    (Duty::Recorder, 1, "录入"),
    (Duty::Reviewer, 2, "复核"),
    (Duty::Clerk, 4, "经办"),
    (Duty::Administrator, user::ADMINISTRATOR, "系统管理"),
    (Duty::SecurityAdministrator, user::SECURITY_ADMINISTRATOR, "安全管理"),
    (Duty::Auditor, 32, "审计"),
    (Duty::QueryClerk, 64, "查询"),
    (Duty::Viewer, 128, "查看"),
];

/// Every duty, in the order of the bits.
pub fn all() -> impl Iterator<Item = Duty> {
    ALL.iter().map(|(duty, _, _)| *duty)
}

/// What the founder of a town starts with; it ends when somebody else becomes security administrator (see `accounts`).
pub fn founder_bits() -> u32 {
    to_bits(&[Duty::Recorder, Duty::Reviewer, Duty::Clerk, Duty::Administrator, Duty::SecurityAdministrator])
}

pub fn to_bits(duties: &[Duty]) -> u32 {
    ALL.iter().filter(|(duty, _, _)| duties.contains(duty)).fold(0, |bits, (_, bit, _)| bits | bit)
}

pub fn from_bits(bits: u32) -> Vec<Duty> {
    ALL.iter().filter(|(_, bit, _)| bits & bit != 0).map(|(duty, _, _)| *duty).collect()
}

pub fn label(duty: Duty) -> &'static str {
    ALL.iter().find(|(known, _, _)| *known == duty).map_or("", |(_, _, label)| label)
}

/// Whether a user holds a duty, seen inside a transaction.
pub fn held(reader: &Reader, user: UserId, duty: Duty) -> Result<bool, Fault> {
    Ok(reader.user(user)?.is_some_and(|row| from_bits(row.duties).contains(&duty)))
}
