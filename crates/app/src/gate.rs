//! The one gate that every command passes: who sits there, behind which curtain, with which duty, how lately proven, and
//! what the request names.
//!
//! The order is that of the person: nobody → sign in; a curtain → lift it; an account that may not do this → ask whoever
//! gives duties; a password that somebody else set → choose one; a dangerous act → prove it is still you. The hosts hold no
//! rule of their own, so a forged message meets the same gate.

use std::sync::PoisonError;

use serde_json::Value;
use zhenxin_domain::ids::UserId;
use zhenxin_store::StoreError;

use crate::{
    App, Caller, audit,
    contract::{
        Fault, FaultCode, Kind,
        accounts::{Reauthenticate, Unlock},
        list::{Access, Reach},
        session::{AppState, Nothing},
    },
    duties, passwords, second_factor, sight,
};

/// How long a proof of the password serves for dangerous acts: long enough for three of them, too short for a coffee.
pub const PROOF_MS: i64 = 5 * 60 * 1_000;

/// Who is signed in on this PC.
#[derive(Clone, Copy)]
pub struct Session {
    pub user: UserId,
    /// The curtain is down.
    pub locked: bool,
    /// When the password was given last, ms since 1970 UTC.
    proven_at_ms: i64,
}

/// What a line of the list asks of a caller.
#[derive(Clone, Copy)]
pub struct Need {
    pub access: Access,
    pub reach: Reach,
    pub guarded: bool,
    /// Answered even while a password has to be changed first.
    pub early: bool,
}

fn signed_out() -> Fault {
    Fault::new(FaultCode::SignedOut, "请先登录。")
}

impl App {
    fn session(&self) -> Option<Session> {
        *self.inner.session.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn set_session(&self, session: Option<Session>) {
        *self.inner.session.write().unwrap_or_else(PoisonError::into_inner) = session;
    }

    /// Who is signed in, behind the curtain or not.
    pub(crate) fn user(&self) -> Option<UserId> {
        self.session().map(|session| session.user)
    }

    /// Somebody has just proven to be there; or nobody is any more.
    pub(crate) fn set_user(&self, user: Option<UserId>) {
        let proven_at_ms = self.clock().now_ms();
        self.set_session(user.map(|user| Session { user, locked: false, proven_at_ms }));
    }

    pub(crate) fn is_locked(&self) -> bool {
        self.session().is_some_and(|session| session.locked)
    }

    /// The caller of a command, or why not.
    pub(crate) fn admit(&self, need: Need, named: &sight::Named) -> Result<Caller, Fault> {
        if self.is_locked() {
            return Err(Fault::new(FaultCode::Locked, "屏幕已锁定，请输入密码解锁，填到一半的内容都还在。"));
        }
        let caller = self.caller(need.access)?;
        if !need.early && passwords::due(&caller)?.is_some() {
            return Err(Fault::new(FaultCode::PasswordDue, "请先设置您自己的新密码，再继续。"));
        }
        if need.guarded && !self.is_proven() {
            return Err(Fault::new(FaultCode::Reauthenticate, "这一步很重要，请再输入一次您的密码。"));
        }
        if need.reach == Reach::Villages {
            named.check(&caller)?;
        }
        Ok(caller)
    }

    fn is_proven(&self) -> bool {
        let now_ms = self.clock().now_ms();
        // a clock that was set back proves nothing
        self.session().is_some_and(|session| (0..=PROOF_MS).contains(&(now_ms - session.proven_at_ms)))
    }

    /// The signed-in user, if the account is still open and holds what `access` asks.
    pub(crate) fn caller(&self, access: Access) -> Result<Caller, Fault> {
        let user = self.user().ok_or_else(signed_out)?;
        let town = self.town()?;
        let row = town.store.read(|reader| reader.user(user))?.filter(|row| row.active).ok_or_else(signed_out)?;
        if let Access::Duties(needed) = access {
            let held = duties::from_bits(row.duties);
            if !needed.iter().any(|duty| held.contains(duty)) {
                let names: Vec<&str> = needed.iter().map(|duty| duties::label(*duty)).collect();
                let message =
                    format!("这项操作需要“{}”职责，请安全管理员在“系统 › 用户与职责”里添加。", names.join("”或“"));
                return Err(Fault::new(FaultCode::Forbidden, message));
            }
        }
        let call = std::sync::Arc::new(audit::Call::of_the_program(Kind::Act, audit::BY_ITSELF));
        Ok(Caller {
            app: self.clone(),
            town,
            user,
            name: row.name.clone().unwrap_or_default(),
            duties: row.duties,
            sight: sight::Sight::of(&row.villages),
            call,
        })
    }
}

/// What a request names, before it is read as its shape; nothing where no records are concerned.
pub fn named(reach: Reach, request: &Value) -> sight::Named {
    if reach == Reach::Villages { sight::Named::of(request) } else { sight::Named::default() }
}

/// Lets the curtain down; whatever stands in the window's forms stays there.
pub fn lock(caller: &Caller, _: Nothing) -> Result<AppState, Fault> {
    let app = &caller.app;
    if let Some(session) = app.session() {
        app.set_session(Some(Session { locked: true, ..session }));
    }
    crate::access::app_state(app, Nothing {})
}

/// Lifts the curtain. Only whose session it is can.
pub fn unlock(app: &App, request: Unlock) -> Result<AppState, Fault> {
    let session = app.session().ok_or_else(signed_out)?;
    let code = request.code.as_deref();
    // the account may have been closed while the curtain was down
    let row = app.town()?.store.read(|reader| reader.user(session.user))?.filter(|row| row.active);
    let Some(row) = row else {
        app.set_user(None);
        return Err(signed_out());
    };
    prove_again(app, session.user, row.sign_in_name.as_deref().unwrap_or_default(), &request.password, code)?;
    app.set_user(Some(session.user));
    crate::access::app_state(app, Nothing {})
}

/// Gives the password once more before a dangerous act.
pub fn reauthenticate(caller: &Caller, request: Reauthenticate) -> Result<Nothing, Fault> {
    let row = caller.store().read(|reader| reader.user(caller.user))?;
    let name = row.and_then(|row| row.sign_in_name).unwrap_or_default();
    prove_again(&caller.app, caller.user, &name, &request.password, request.code.as_deref())?;
    caller.app.set_user(Some(caller.user));
    Ok(Nothing {})
}

/// The password of somebody who is signed in; another person's right password is wrong here.
pub fn prove_again(app: &App, user: UserId, name: &str, password: &str, code: Option<&str>) -> Result<(), Fault> {
    let judge = |_: UserId, secret: &str| second_factor::judge(app, secret, code);
    let wrong = |words: String| Err(Fault::new(FaultCode::WrongPassword, words));
    match app.town()?.store.sign_in(name, password, judge) {
        Ok(proven) if proven == user => Ok(()),
        Ok(_) => wrong("密码不对，请输入您自己的密码。".to_owned()),
        // the name was not typed and is right
        Err(StoreError::WrongPassword { left }) => {
            let what = if code.is_some() { "密码或动态验证码" } else { "密码" };
            wrong(format!("{what}不对，还可再试 {left} 次。"))
        }
        Err(error) => Err(error.into()),
    }
}
