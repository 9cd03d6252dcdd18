//! 赠与 to a relative and 捐赠 to the reserve; a second person takes back what was wrong.

use zhenxin_domain::ids::{RequestId, ResidentId, TimeGiftId};
use zhenxin_store::{GiftDraft, GiftRow, Reader};

use super::{
    accounts::{account_of, decided_by},
    checks,
};
use crate::{
    Caller,
    contract::{Fault, FaultCode, timebank::*},
    fault::sentence,
    form::Form,
    recusal::Own,
    request::once,
    shown,
};

/// Relatives to whom minutes can be given.
const RELATIONS: [&str; 7] = ["配偶", "父母", "子女", "兄弟姐妹", "祖父母", "孙子女", "其他亲属"];

pub fn give(caller: &Caller, request: GiveMinutes) -> Result<TimeAccount, Fault> {
    let request_id: RequestId = shown::parse_id(&request.request_id)?;
    let giver: ResidentId = shown::parse_id(&request.giver)?;
    let to: Option<ResidentId> = request.to.as_deref().map(shown::parse_id).transpose()?;
    caller.write(|tx| {
        once(tx, request_id, |tx| {
            let draft = draft(tx.reader(), caller, &request, giver, to)?;
            Ok(tx.give_minutes(&draft)?)
        })
    })?;
    caller.read(|reader| {
        let mut account = account_of(caller, reader, giver)?;
        account.warnings = checks::warnings([request.note.as_str()]);
        Ok(account)
    })
}

fn draft(
    reader: &Reader,
    caller: &Caller,
    request: &GiveMinutes,
    giver: ResidentId,
    to: Option<ResidentId>,
) -> Result<GiftDraft, Fault> {
    let today = caller.today();
    let mut form = Form::default();
    form.keep("giver", checks::consented(reader, "赠出人", giver, today)?);
    if let Some(to) = to {
        if to == giver {
            form.fault("to", "不能赠给本人，请选择一位亲属，或捐给镇准备金。");
        } else {
            form.keep("to", checks::consented(reader, "受赠人", to, today)?);
        }
    }
    let relation = request.relation.as_deref().map(str::trim).filter(|relation| !relation.is_empty());
    let known = relation.filter(|relation| RELATIONS.contains(relation));
    if known.is_none() && (to.is_some() || relation.is_some()) {
        form.fault("relation", format!("请选择和赠出人的关系：{}。", RELATIONS.join("、")));
    }
    if request.minutes == 0 {
        form.fault("minutes", "请填写要赠出的分钟数，至少 1 分钟。");
    } else {
        form.keep("minutes", checks::covered(reader, giver, 0, request.minutes)?);
    }
    let note = form.keep("note", checks::note(&request.note)).flatten();
    form.done()?;
    let relation = known.filter(|_| to.is_some()).map(str::to_owned);
    Ok(GiftDraft { giver, to, amount_min: request.minutes, relation, note })
}

fn find(reader: &Reader, id: TimeGiftId) -> Result<GiftRow, Fault> {
    reader.gift(id)?.ok_or_else(|| Fault::new(FaultCode::NotFound, "没有这笔赠与，请刷新后再看。"))
}

pub fn reverse_gift(caller: &Caller, request: ReverseGift) -> Result<TimeAccount, Fault> {
    let request_id: RequestId = shown::parse_id(&request.request_id)?;
    let gift: TimeGiftId = shown::parse_id(&request.gift)?;
    let reason = checks::reason(Some(&request.reason)).map_err(|fault| Fault::field("reason", sentence(&fault)))?;
    let seen = caller.write(|tx| {
        let gift = once(tx, request_id, |tx| {
            let row = find(tx.reader(), gift)?;
            let conflict = |message: &str| Fault::new(FaultCode::Conflict, sentence(message));
            if row.reversed_at.is_some() {
                return Err(conflict("这笔赠与已经冲正过，不能再冲正"));
            }
            if row.refused {
                return Err(conflict("这笔赠与已被区平台退回，没有生效，不用冲正"));
            }
            let own = Own::of(tx.reader(), caller)?;
            decided_by(tx.reader(), caller, &own, &row)?.map_err(|message| conflict(&message))?;
            tx.reverse_gift(gift, &reason)?;
            Ok(gift)
        })?;
        let giver = find(tx.reader(), gift)?.giver;
        Ok(giver)
    })?;
    caller.read(|reader| account_of(caller, reader, seen))
}
