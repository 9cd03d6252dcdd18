//! Pages of a bundle that came before their turn: kept until what precedes them is here.
//!
//! Bundles may be imported in any order. Only pages that the district's signature proves are held.

use minicbor::{Decode, Encode};
use rusqlite::OptionalExtension;
use zhenxin_domain::division::Scope;
use zhenxin_protocol::frame::{from_cbor, to_cbor};
use zhenxin_protocol::wire::Lineage;
use zhenxin_protocol::wire::ops::{ChainHead, Page as WirePage};

use super::Log;
use super::cursor;
use super::remote::Page;
use crate::error::StoreError;
use crate::open::Store;

/// Pages held of one scope: two million operations, more than a stick carries.
const HELD_PAGES_MAX: u64 = 1_000;

/// A page as it is held.
#[derive(Encode, Decode)]
#[cbor(map)]
struct Held {
    #[cbor(n(0), with = "zhenxin_protocol::canon")]
    lineage: Lineage,
    #[n(1)]
    page: WirePage,
    #[cbor(n(2), with = "zhenxin_protocol::canon", has_nil)]
    chain_heads: Vec<ChainHead>,
}

impl Log<'_> {
    /// Keeps a page whose turn has not come; whether there was room. Of two that begin alike the longer one stays: what
    /// the shorter one holds is in it, and what follows it fits on no other.
    pub(crate) fn hold(
        &self,
        lineage: Lineage,
        page: &WirePage,
        chain_heads: &[ChainHead],
    ) -> Result<bool, StoreError> {
        let Some(first) = page.ops.first() else { return Ok(false) };
        let held: i64 = self
            .conn
            .prepare_cached("SELECT count(*) FROM held_page WHERE scope = ?1")?
            .query_row([page.scope.as_str()], |row| row.get(0))?;
        if held.unsigned_abs() >= HELD_PAGES_MAX {
            return Ok(false);
        }
        let scope_first = (page.scope.as_str(), first.server_seq as i64);
        let present: Option<Vec<u8>> = self
            .conn
            .prepare_cached("SELECT bytes FROM held_page WHERE scope = ?1 AND first = ?2")?
            .query_row(scope_first, |row| row.get(0))
            .optional()?;
        let present = present.and_then(|bytes| from_cbor::<Held>(&bytes).ok());
        if present.is_some_and(|held| held.lineage == lineage && held.page.ops.len() >= page.ops.len()) {
            return Ok(true);
        }
        let bytes = to_cbor(&Held { lineage, page: page.clone(), chain_heads: chain_heads.to_vec() });
        self.conn
            .prepare_cached("INSERT OR REPLACE INTO held_page (scope, first, bytes) VALUES (?1, ?2, ?3)")?
            .execute((scope_first.0, scope_first.1, bytes))?;
        Ok(true)
    }
}

impl Store {
    /// Applies held pages whose turn has come, each in a transaction of its own. One that no longer fits is dropped: the
    /// district still has it.
    pub(crate) fn apply_held(&self, scope: Scope) -> Result<(), StoreError> {
        while let Some((first, page)) = self.next_held(scope)? {
            let (now_ms, own) = (self.inner.ports.clock.now_ms(), self.device());
            let applied = self.write_past_void(|log| {
                drop_held(log, scope, first)?;
                match &page {
                    Some(page) => {
                        crate::sync::check_lineage(log.conn, &page.lineage)?;
                        log.take_page(page, own, now_ms).map(|_| ())
                    }
                    None => Ok(()),
                }
            });
            match applied {
                Ok(()) => {}
                Err(StoreError::HistoryDiffers | StoreError::LineageChanged) => {
                    self.write_arrived(|log| drop_held(log, scope, first))?;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// The first held page that begins within what was received, or just after it.
    fn next_held(&self, scope: Scope) -> Result<Option<(i64, Option<Page>)>, StoreError> {
        self.read(|r| {
            let sql = "SELECT first, bytes FROM held_page WHERE scope = ?1 ORDER BY first LIMIT 1";
            let held: Option<(i64, Vec<u8>)> = r.one(sql, [scope.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let Some((first, bytes)) = held else { return Ok(None) };
            if first > cursor::load(r.conn(), scope)?.size() as i64 + 1 {
                return Ok(None);
            }
            let page = from_cbor::<Held>(&bytes).ok();
            Ok(Some((first, page.and_then(|held| Page::of_wire(held.lineage, held.page, held.chain_heads)))))
        })
    }
}

fn drop_held(log: &Log<'_>, scope: Scope, first: i64) -> Result<(), StoreError> {
    log.conn
        .prepare_cached("DELETE FROM held_page WHERE scope = ?1 AND first = ?2")?
        .execute((scope.as_str(), first))?;
    Ok(())
}
