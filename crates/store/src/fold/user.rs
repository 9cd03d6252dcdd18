//! Users: names, duties, villages, and how they sign in.

use zhenxin_domain::division::VillageCode;
use zhenxin_domain::ids::ResidentId;
use zhenxin_protocol::body::user::{UserAdded, UserChanged, UserCredential};
use zhenxin_protocol::entity::{Entity, EntityKind};

use super::{At, Folder};
use crate::error::StoreError;

/// As they are stored: codes in order, blanks between.
fn in_one_line(villages: &[VillageCode]) -> String {
    let mut codes: Vec<&str> = villages.iter().map(VillageCode::as_str).collect();
    codes.sort_unstable();
    codes.join(" ")
}

impl Folder<'_> {
    pub(super) fn user_added(&mut self, at: &At<'_>, body: &UserAdded) -> Result<(), StoreError> {
        let entity = Entity::new(EntityKind::User, *body.user.as_bytes());
        if !at.wants(&entity) {
            return Ok(());
        }
        let subject = body.user.as_bytes();
        let name = self.open_opt(at, &entity, subject, "user_name", body.name.as_ref())?;
        let sign_in_name = self.open_opt(at, &entity, subject, "sign_in_name", body.sign_in_name.as_ref())?;
        let inserted = self
            .conn
            .prepare_cached(
                "INSERT OR IGNORE INTO user
                   (id, scope, name, sign_in_name, duties, villages, active, resident, added_at, op)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1, ?7, ?8, ?9)",
            )?
            .execute(rusqlite::params![
                body.user.as_bytes(),
                at.scope.as_str(),
                name.as_deref(),
                sign_in_name.as_deref(),
                body.duties,
                in_one_line(&body.villages),
                body.resident.as_ref().map(ResidentId::as_bytes),
                at.recorded_at,
                at.op.as_bytes()
            ])?;
        if inserted == 0 {
            self.race(at, &entity, "user_twice")?;
        }
        Ok(())
    }

    pub(super) fn user_changed(&mut self, at: &At<'_>, body: &UserChanged) -> Result<(), StoreError> {
        let entity = Entity::new(EntityKind::User, *body.user.as_bytes());
        if !at.wants(&entity) {
            return Ok(());
        }
        // An account that is closed again stays closed since the first time.
        let known = self
            .conn
            .prepare_cached(
                "UPDATE user SET duties = coalesce(?2, duties), active = coalesce(?3, active),
                   resident = CASE WHEN ?7 THEN NULL ELSE coalesce(?4, resident) END,
                   villages = coalesce(?5, villages),
                   removed_hlc = CASE WHEN ?3 IS NULL THEN removed_hlc WHEN ?3 THEN NULL
                                 ELSE coalesce(removed_hlc, ?6) END
                 WHERE id = ?1",
            )?
            .execute((
                body.user.as_bytes(),
                body.duties,
                body.active,
                body.resident.as_ref().map(ResidentId::as_bytes),
                body.villages.as_deref().map(in_one_line),
                at.hlc as i64,
                body.resident_off,
            ))?;
        if known == 0 {
            self.race(at, &entity, "user_missing")?;
        }
        Ok(())
    }

    pub(super) fn user_credential(&mut self, at: &At<'_>, body: &UserCredential) -> Result<(), StoreError> {
        let entity = Entity::new(EntityKind::User, *body.user.as_bytes());
        if !at.wants(&entity) {
            return Ok(());
        }
        let subject = body.user.as_bytes();
        self.conn
            .prepare_cached(
                "INSERT OR IGNORE INTO credential (user, scope, must_change, set_at) VALUES (?1, ?2, 0, ?3)",
            )?
            .execute((subject, at.scope.as_str(), at.recorded_at))?;
        if let Some(sealed) = &body.secret {
            let secret = self.open(at, &entity, subject, "secret", sealed)?;
            self.conn
                .prepare_cached("UPDATE credential SET secret = ?2, must_change = ?3, set_at = ?4 WHERE user = ?1")?
                .execute((subject, secret.as_deref(), body.must_change, at.recorded_at))?;
        }
        if body.totp.is_some() || body.totp_off {
            let totp = self.open_opt(at, &entity, subject, "totp", body.totp.as_ref())?;
            self.conn
                .prepare_cached("UPDATE credential SET totp = ?2 WHERE user = ?1")?
                .execute((subject, totp.as_deref()))?;
        }
        Ok(())
    }

    pub(super) fn forget_user(&mut self, id: &[u8; 16]) -> Result<(), StoreError> {
        self.conn.prepare_cached("DELETE FROM user WHERE id = ?1")?.execute([id])?;
        self.conn.prepare_cached("DELETE FROM credential WHERE user = ?1")?.execute([id])?;
        Ok(())
    }
}
