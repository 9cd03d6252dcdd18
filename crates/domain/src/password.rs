//! What a password has to be (GB/T 22239-2019, 8.1.4.1: 身份鉴别信息具有复杂度要求并定期更换; length before
//! complexity after NIST SP 800-63B §5.1.1).

use std::collections::HashSet;
use std::fmt;
use std::sync::LazyLock;

/// Longer ones are pasted accidents.
pub const PASSWORD_MAX_CHARS: usize = 200;
/// No policy asks for less: shorter ones are guessed in an afternoon.
pub const PASSWORD_MIN_CHARS_FLOOR: u32 = 8;
/// No policy asks for more: a clerk would write it on the screen.
pub const PASSWORD_MIN_CHARS_CEILING: u32 = 32;
/// Longest time until a change that a policy may name: three years.
pub const ROTATION_MAX_DAYS: u32 = 1_095;
/// Longest idle time that a policy may name: a long errand.
pub const IDLE_LOCK_MAX_MIN: u32 = 120;

/// What a town asks of passwords and idle screens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordPolicy {
    /// Fewest characters.
    pub min_chars: u32,
    /// After how many days it has to be changed; 0: never.
    pub rotation_days: u32,
    /// After how many idle minutes the screen locks.
    pub idle_lock_min: u32,
}

impl Default for PasswordPolicy {
    /// Ten characters, no forced change, a quarter of an hour.
    fn default() -> Self {
        Self { min_chars: 10, rotation_days: 0, idle_lock_min: 15 }
    }
}

/// Why a password is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordFault {
    /// Shorter than the policy asks.
    Short {
        /// Fewest characters.
        min_chars: u32,
    },
    /// Longer than the program takes.
    Long,
    /// Of one kind of characters only.
    OneKind,
    /// Among the passwords that everybody tries first.
    Common,
    /// The sign-in name is in it.
    Name,
}

impl fmt::Display for PasswordFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Short { min_chars } => write!(f, "密码至少 {min_chars} 位，可以用几个词连起来"),
            Self::Long => write!(f, "密码最多 {PASSWORD_MAX_CHARS} 位"),
            Self::OneKind => f.write_str("密码要有字母、数字、符号中的至少两种"),
            Self::Common => f.write_str("这个密码很多人在用，容易被猜中，请换一个"),
            Self::Name => f.write_str("密码里不要包含登录名，请换一个"),
        }
    }
}

impl std::error::Error for PasswordFault {}

/// Passwords, and stems of passwords, that guessers try first: the usual lists, and what Chinese keyboards add.
static COMMON: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| include_str!("../../../assets/data/common-passwords.txt").split_whitespace().collect());

/// What is left of a password when the usual trimmings are taken off: figures and signs at both ends.
fn stem(lower: &str) -> &str {
    lower.trim_matches(|c: char| !c.is_alphabetic())
}

/// A letter or figure repeated, or a run such as abcdefgh or 87654321.
fn is_run(lower: &str) -> bool {
    let codes: Vec<i64> = lower.chars().map(|c| i64::from(u32::from(c))).collect();
    let steps: HashSet<i64> = codes.windows(2).map(|pair| pair[1] - pair[0]).collect();
    matches!(steps.iter().copied().collect::<Vec<_>>()[..], [-1..=1])
}

/// Judges a password.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn check(password: &str, sign_in_name: &str, policy: PasswordPolicy) -> Result<(), PasswordFault> {
    let chars = password.chars().count();
    if chars < policy.min_chars as usize {
        return Err(PasswordFault::Short { min_chars: policy.min_chars });
    }
    if chars > PASSWORD_MAX_CHARS {
        return Err(PasswordFault::Long);
    }
    let lower = password.to_lowercase();
    let name = sign_in_name.trim().to_lowercase();
    // a name of one or two letters is in every other word
    if name.chars().count() > 2 && lower.contains(&name) {
        return Err(PasswordFault::Name);
    }
    if COMMON.contains(lower.as_str()) || COMMON.contains(stem(&lower)) || is_run(&lower) {
        return Err(PasswordFault::Common);
    }
    let kinds = [
        password.chars().any(char::is_alphabetic),
        password.chars().any(char::is_numeric),
        password.chars().any(|c| !c.is_alphanumeric()),
    ];
    if kinds.into_iter().filter(|kind| *kind).count() < 2 { Err(PasswordFault::OneKind) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
