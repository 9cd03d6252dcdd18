//! Past imports, and taking a whole one back.

use zhenxin_domain::ids::{ImportId, RequestId};
use zhenxin_store::{ImportObstacles, ImportRow, Reader};

use crate::{
    Caller,
    contract::{Fault, FaultCode, imports::*, session::Nothing},
    request::{former_reply, remember},
    shown,
};

/// Lines of the list.
const IMPORTS_SHOWN: usize = 100;
/// Newest lines that say beforehand why they cannot be taken back; the others say it when asked to.
const OBSTACLES_SHOWN: usize = 5;

pub fn history(caller: &Caller, _: Nothing) -> Result<Imports, Fault> {
    caller.read(|reader| {
        let users = reader.users()?;
        let rows = reader.imports()?;
        let lines = rows.into_iter().take(IMPORTS_SHOWN).enumerate().map(|(place, row)| {
            // what stands in the way is found by reading the whole import: only for those that one still takes back
            let looked_at = place < OBSTACLES_SHOWN && !row.undone;
            Ok(ImportLine {
                import: row.id.to_string(),
                kind: if row.rules > 0 { ImportKind::Rules } else { ImportKind::Residents },
                at: shown::time(row.recorded_at),
                actor: shown::actor(&users, row.recorded_by),
                created: row.created,
                updated: row.updated,
                undone: row.undone,
                fixed: if looked_at { obstacle(reader, row.id)? } else { None },
            })
        });
        Ok(Imports { imports: lines.collect::<Result<_, Fault>>()? })
    })
}

/// Why an import can no longer be taken back.
fn obstacle(reader: &Reader, id: ImportId) -> Result<Option<String>, Fault> {
    let ImportObstacles { awards, consents, later_edits } = reader.import_obstacles(id)?;
    let mut reasons = Vec::new();
    if awards > 0 {
        reasons.push(format!("已有 {awards} 条记分"));
    }
    if consents > 0 {
        reasons.push(format!("已有 {consents} 份同意书"));
    }
    if later_edits > 0 {
        reasons.push(format!("{later_edits} 条之后又改过"));
    }
    Ok((!reasons.is_empty()).then(|| format!("{}，不能整批撤销。", reasons.join("，"))))
}

pub fn undo(caller: &Caller, request: UndoImport) -> Result<ImportUndone, Fault> {
    let id: ImportId = shown::parse_id(&request.import)?;
    let request_id: RequestId = shown::parse_id(&request.request_id)?;
    caller.sight().require_whole("撤销导入")?;
    caller.write(|tx| {
        if let Some(reply) = former_reply(tx, request_id)? {
            return Ok(reply);
        }
        let found = tx.reader().imports()?.into_iter().find(|row| row.id == id);
        let ImportRow { created, updated, undone, .. } =
            found.ok_or_else(|| Fault::new(FaultCode::NotFound, "没有这次导入，请刷新列表。"))?;
        if undone {
            return Err(Fault::new(FaultCode::Conflict, "这次导入已经撤销过了。"));
        }
        if let Some(reason) = obstacle(tx.reader(), id)? {
            return Err(Fault::new(FaultCode::Conflict, reason));
        }
        tx.undo_import(id)?;
        remember(tx, request_id, ImportUndone { removed: created, restored: updated })
    })
}
