//! Passwords: what the town asks of them, one's own change, and when one is due.

use zhenxin_domain::password::{
    self, IDLE_LOCK_MAX_MIN, PASSWORD_MIN_CHARS_CEILING, PASSWORD_MIN_CHARS_FLOOR, PasswordFault, PasswordPolicy,
    ROTATION_MAX_DAYS,
};
use zhenxin_store::{Reader, SecurityPolicyRow};

use crate::{
    Caller,
    contract::{
        Fault, FaultCode,
        accounts::{ChangePassword, PasswordDue, SecurityPolicy},
        session::{AppState, Nothing},
    },
    fault::sentence,
    gate,
};

/// A day in ms.
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// The policy that holds.
pub fn policy(reader: &Reader) -> Result<PasswordPolicy, Fault> {
    Ok(reader.security_policy()?.map_or_else(PasswordPolicy::default, |row| PasswordPolicy {
        min_chars: row.password_min_chars.clamp(PASSWORD_MIN_CHARS_FLOOR, PASSWORD_MIN_CHARS_CEILING),
        rotation_days: row.rotation_days.min(ROTATION_MAX_DAYS),
        idle_lock_min: row.idle_lock_min.clamp(1, IDLE_LOCK_MAX_MIN),
    }))
}

/// Judges a new password.
pub fn check(field: &str, written: &str, sign_in_name: &str, policy: PasswordPolicy) -> Result<(), Fault> {
    let refusal = |fault: PasswordFault| Fault::field(field, sentence(&fault.to_string()));
    password::check(written, sign_in_name, policy).map_err(refusal)
}

/// Why the signed-in user has to choose another password first.
pub fn due(caller: &Caller) -> Result<Option<PasswordDue>, Fault> {
    let now_ms = caller.app.clock().now_ms();
    caller.store().read(|reader| {
        let Some(credential) = reader.user(caller.user)?.and_then(|row| row.credential) else { return Ok(None) };
        if credential.must_change {
            return Ok(Some(PasswordDue::SetByOther));
        }
        let rotation_ms = i64::from(policy(reader)?.rotation_days) * DAY_MS;
        let is_old = rotation_ms > 0 && now_ms - credential.set_at >= rotation_ms;
        Ok(is_old.then_some(PasswordDue::Old))
    })
}

/// Changes one's own password.
pub fn change(caller: &Caller, request: ChangePassword) -> Result<AppState, Fault> {
    let (row, policy) = caller.store().read(|reader| Ok::<_, Fault>((reader.user(caller.user)?, policy(reader)?)))?;
    let sign_in_name = row
        .and_then(|row| row.sign_in_name)
        .ok_or_else(|| Fault::new(FaultCode::NotFound, "您的账户还没有完整同步到本机，请先同步一次。"))?;
    check("new_password", &request.new_password, &sign_in_name, policy)?;
    if request.new_password == request.old_password {
        return Err(Fault::field("new_password", "新密码和现在的一样，请换一个。"));
    }
    gate::prove_again(&caller.app, caller.user, &sign_in_name, &request.old_password, request.code.as_deref())?;
    // argon2 takes its time: not inside the transaction
    let credential = caller.store().prepare_credential(&sign_in_name, &request.new_password)?;
    caller.write(|tx| Ok(tx.set_credential(caller.user, &credential, false).map(|_| ())?))?;
    caller.app.set_user(Some(caller.user));
    crate::access::app_state(&caller.app, Nothing {})
}

fn shown(policy: PasswordPolicy) -> SecurityPolicy {
    SecurityPolicy {
        password_min_chars: policy.min_chars,
        rotation_days: policy.rotation_days,
        idle_lock_min: policy.idle_lock_min,
    }
}

/// What the town asks of passwords.
pub fn security_policy(caller: &Caller, _: Nothing) -> Result<SecurityPolicy, Fault> {
    Ok(shown(caller.store().read(policy)?))
}

/// Changes what the town asks of passwords; it holds on every PC.
pub fn set_security_policy(caller: &Caller, request: SecurityPolicy) -> Result<SecurityPolicy, Fault> {
    let (least, most) = (PASSWORD_MIN_CHARS_FLOOR, PASSWORD_MIN_CHARS_CEILING);
    if !(least..=most).contains(&request.password_min_chars) {
        return Err(Fault::field("password_min_chars", format!("最少位数请填 {least} 到 {most}。")));
    }
    if request.rotation_days > ROTATION_MAX_DAYS {
        return Err(Fault::field("rotation_days", format!("更换天数请填 0（不要求）到 {ROTATION_MAX_DAYS}。")));
    }
    if !(1..=IDLE_LOCK_MAX_MIN).contains(&request.idle_lock_min) {
        return Err(Fault::field("idle_lock_min", format!("锁屏时间请填 1 到 {IDLE_LOCK_MAX_MIN} 分钟。")));
    }
    let row = SecurityPolicyRow {
        password_min_chars: request.password_min_chars,
        rotation_days: request.rotation_days,
        idle_lock_min: request.idle_lock_min,
    };
    caller.write(|tx| Ok(tx.set_security_policy(row).map(|_| ())?))?;
    security_policy(caller, Nothing {})
}
