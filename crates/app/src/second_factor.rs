//! The second factor: six digits of an authenticator on the user's own telephone (TOTP, RFC 6238: HMAC-SHA-1, 30 s).
//!
//! A code holds for its own half minute and the ones beside it, because office clocks and telephones differ, and is taken
//! once. The secret travels sealed with the user's key, so that the code is asked for on every PC.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use zhenxin_domain::ids::UserId;
use zhenxin_store::SecondFactor;

use crate::{
    App, Caller,
    contract::{Fault, FaultCode, accounts::*, session::Nothing},
    shown,
};

/// Seconds of one code.
const STEP_S: i64 = 30;
/// Steps beside the present one that are taken: half a minute early or late.
const STEPS_BESIDE: i64 = 1;
/// Digits of a code.
const DIGITS: usize = 6;
/// Bytes of a secret: as long as the hash (RFC 4226 §4).
const SECRET_BYTES: usize = 20;

/// Secrets that wait for a first right code.
#[derive(Default)]
pub struct SecondFactors {
    begun: Mutex<HashMap<UserId, String>>,
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The code of a step (RFC 4226 §5.3).
fn code(secret: &[u8], step: i64) -> Option<String> {
    let mut mac = Hmac::<Sha1>::new_from_slice(secret).ok()?;
    mac.update(&step.to_be_bytes());
    let hash = mac.finalize().into_bytes();
    let at = usize::from(hash.last()? & 0x0f);
    let four: [u8; 4] = hash.get(at..at + 4)?.try_into().ok()?;
    let number = (u32::from_be_bytes(four) & 0x7fff_ffff) % 10_u32.pow(DIGITS as u32);
    Some(format!("{number:0DIGITS$}"))
}

/// The step whose code this is, of those that are taken at this moment.
fn step_of(secret: &str, typed: &str, now_ms: i64) -> Option<i64> {
    let secret = BASE32_NOPAD.decode(secret.as_bytes()).ok()?;
    let now = now_ms.div_euclid(1000 * STEP_S);
    let typed: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
    (now - STEPS_BESIDE..=now + STEPS_BESIDE).find(|step| code(&secret, *step).is_some_and(|right| right == typed))
}

/// Judges a code that came with a right password. Whether it was taken before the store knows.
pub fn judge(app: &App, secret: &str, typed: Option<&str>) -> SecondFactor {
    let Some(typed) = typed.filter(|typed| !typed.trim().is_empty()) else { return SecondFactor::Missing };
    match step_of(secret, typed, app.clock().now_ms()) {
        Some(step) => SecondFactor::Right { step },
        None => SecondFactor::Wrong,
    }
}

/// A new secret, shown once; it counts when its first code was confirmed.
pub fn begin(caller: &Caller, _: Nothing) -> Result<SecondFactorBegun, Fault> {
    let mut bytes = [0; SECRET_BYTES];
    caller.app.ports().ids.fill(&mut bytes);
    let secret = BASE32_NOPAD.encode(&bytes);
    let town = &caller.town.division.name;
    let row = caller.store().read(|reader| reader.user(caller.user))?;
    let name = row.and_then(|row| row.sign_in_name).unwrap_or_default();
    let label: String = form_encoded(&format!("镇信 {town}:{name}"));
    let uri = format!("otpauth://totp/{label}?secret={secret}&issuer={}", form_encoded("镇信"));
    lock(&caller.app.second_factors().begun).insert(caller.user, secret.clone());
    Ok(SecondFactorBegun { secret: grouped(&secret), uri })
}

/// Percent-encoded, as authenticators expect it.
fn form_encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

/// In fours, to be typed by hand.
fn grouped(secret: &str) -> String {
    let fours: Vec<String> =
        secret.as_bytes().chunks(4).map(|four| String::from_utf8_lossy(four).into_owned()).collect();
    fours.join(" ")
}

/// Confirms the new secret with its first code; from now on a code is asked for at each sign-in.
pub fn confirm(caller: &Caller, request: ConfirmSecondFactor) -> Result<OwnSignIn, Fault> {
    let begun = lock(&caller.app.second_factors().begun).get(&caller.user).cloned();
    let secret = begun.ok_or_else(|| Fault::new(FaultCode::Conflict, "请先取得一个新的验证密钥，再输入验证码。"))?;
    let is_right = match judge(&caller.app, &secret, Some(&request.code)) {
        // seen over the shoulder, or on the line: a code is good once
        SecondFactor::Right { step } => caller.store().take_code(caller.user, step)?,
        SecondFactor::Missing | SecondFactor::Wrong => false,
    };
    if !is_right {
        return Err(Fault::field("code", "验证码不对。请核对手机的时间，输入当前显示的 6 位数字。"));
    }
    caller.write(|tx| Ok(tx.set_second_factor(caller.user, Some(&secret)).map(|_| ())?))?;
    lock(&caller.app.second_factors().begun).remove(&caller.user);
    own(caller, Nothing {})
}

/// Gives one's own second factor up.
pub fn remove(caller: &Caller, _: Nothing) -> Result<OwnSignIn, Fault> {
    caller.write(|tx| Ok(tx.set_second_factor(caller.user, None).map(|_| ())?))?;
    own(caller, Nothing {})
}

/// How one signs in oneself.
pub fn own(caller: &Caller, _: Nothing) -> Result<OwnSignIn, Fault> {
    let row = caller.store().read(|reader| reader.user(caller.user))?;
    let credential = row.as_ref().and_then(|row| row.credential);
    Ok(OwnSignIn {
        sign_in_name: row.and_then(|row| row.sign_in_name).unwrap_or_default(),
        second_factor: credential.is_some_and(|credential| credential.second_factor),
        password_set_on: credential.map(|credential| shown::day_of(credential.set_at)),
    })
}

#[cfg(test)]
mod tests;
