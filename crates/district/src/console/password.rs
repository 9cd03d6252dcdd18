//! Passwords: stretched by argon2id (RFC 9106), compared without a telling time, and what a new one must be.

use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use zhenxin_protocol::hash::Hash32;

/// What one guess costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    memory_kib: u32,
    passes: u32,
}

impl Cost {
    /// RFC 9106 §4, second recommended choice (64 MiB, 3 passes), on one lane. Two at a time are worked on (see
    /// `Console`), so that sign-ins take at most 128 MiB.
    pub const STANDARD: Self = Self { memory_kib: 64 * 1_024, passes: 3 };

    /// For tests and the demonstration, which make many accounts; guards nothing.
    pub const WEAK_FOR_TESTS: Self = Self { memory_kib: 64, passes: 1 };
}

/// Most memory that a stored row may ask for: a damaged one cannot take all of the machine.
const MEMORY_MAX_KIB: u32 = 256 * 1_024;
const PASSES_MAX: u32 = 16;

/// Shortest password in characters (NIST SP 800-63B-4 §3.1.1.2 asks for 15, or 8 beside a second factor; twelve Chinese
/// characters or letters with a growing delay after five failures stand between).
pub const PASSWORD_MIN_CHARS: usize = 12;
/// Longest password in characters: stretching takes any length, a form should not.
pub const PASSWORD_MAX_CHARS: usize = 128;

/// Characters of a password made here, without those that are mistaken for each other.
const ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789x";
const MADE_CHARS: usize = 16;

/// Why a new password is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordFault {
    /// Too short.
    #[error("密码至少 12 个字符，可以用一句话，请加长")]
    Short,
    /// Too long.
    #[error("密码最多 128 个字符，请缩短")]
    Long,
    /// Too simple: repeated, in a row, or with the account's name in it.
    #[error("密码太容易猜到（重复、连续的字符或含账号名），请换一个")]
    Simple,
    /// The one that was given before.
    #[error("新密码与原密码相同，请换一个")]
    Same,
    /// The two entries differ.
    #[error("两次输入的新密码不一样，请重新输入")]
    Differ,
}

/// A password as it is stored: algorithm, cost, salt and output.
///
/// # Errors
/// No random bytes.
pub fn stored(password: &str, cost: Cost) -> Result<String, getrandom::Error> {
    let mut salt = [0_u8; 16];
    getrandom::fill(&mut salt)?;
    let output = stretch(password, &salt, cost).expect("both costs are within the algorithm's limits");
    let Cost { memory_kib, passes } = cost;
    Ok(format!("argon2id${memory_kib}${passes}${}${}", STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(output)))
}

fn stretch(password: &str, salt: &[u8], cost: Cost) -> Option<[u8; 32]> {
    let params = Params::new(cost.memory_kib, cost.passes, 1, Some(32)).ok()?;
    let mut output = [0; 32];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(password.as_bytes(), salt, &mut output)
        .ok()?;
    Some(output)
}

/// Whether the password is the stored one. Without a stored one (an unknown account) it takes as long and is not.
#[must_use]
pub fn is_stored(password: &str, stored: Option<&str>) -> bool {
    let known = stored.and_then(parse);
    let (cost, salt, expected) = known.unwrap_or((Cost::STANDARD, vec![0; 16], Vec::new()));
    match stretch(password, &salt, cost) {
        Some(output) => equal(&output, &expected),
        None => false,
    }
}

fn parse(stored: &str) -> Option<(Cost, Vec<u8>, Vec<u8>)> {
    let mut parts = stored.split('$');
    if parts.next()? != "argon2id" {
        return None;
    }
    let cost = Cost { memory_kib: parts.next()?.parse().ok()?, passes: parts.next()?.parse().ok()? };
    if cost.memory_kib > MEMORY_MAX_KIB || cost.passes > PASSES_MAX {
        return None;
    }
    let salt = STANDARD_NO_PAD.decode(parts.next()?).ok()?;
    let output = STANDARD_NO_PAD.decode(parts.next()?).ok()?;
    Some((cost, salt, output))
}

/// Compares secrets by their hashes, so that the time says nothing about where they differ.
pub(crate) fn equal(one: &[u8], other: &[u8]) -> bool {
    Hash32::of(one) == Hash32::of(other)
}

/// Whether a person may choose this password.
///
/// # Errors
/// [`PasswordFault`].
pub fn check(password: &str, account: &str) -> Result<(), PasswordFault> {
    let chars: Vec<char> = password.chars().collect();
    if chars.len() < PASSWORD_MIN_CHARS {
        return Err(PasswordFault::Short);
    }
    if chars.len() > PASSWORD_MAX_CHARS {
        return Err(PasswordFault::Long);
    }
    let lower = password.to_lowercase();
    let step = |pair: &[char]| u32::from(pair[1]).wrapping_sub(u32::from(pair[0]));
    let mut steps: Vec<u32> = chars.windows(2).map(step).collect();
    steps.sort_unstable();
    steps.dedup();
    let mut different = chars.clone();
    different.sort_unstable();
    different.dedup();
    if different.len() < 5 || steps.len() < 3 || lower.contains(&account.to_lowercase()) {
        return Err(PasswordFault::Simple);
    }
    Ok(())
}

/// A first password for somebody else, to be changed at the first sign-in: 80 random bits in groups of four.
///
/// # Errors
/// No random bytes.
pub fn made() -> Result<String, getrandom::Error> {
    let mut random = [0_u8; MADE_CHARS];
    getrandom::fill(&mut random)?;
    let mut text = String::with_capacity(MADE_CHARS + 3);
    for (at, byte) in random.into_iter().enumerate() {
        if at > 0 && at % 4 == 0 {
            text.push('-');
        }
        text.push(char::from(ALPHABET[usize::from(byte % 32)]));
    }
    Ok(text)
}

#[cfg(test)]
mod tests;
