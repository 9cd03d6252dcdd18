//! The query gate: ID number, telephone and address are masked in every reply; this is the one place that shows them,
//! for a purpose, after the look was noted in the log; a slip that sends somebody to the person's home is noted through it.
//! And what the person is given about it.
//!
//! Basis: 浙江省公共信用信息管理条例 19–20 (purpose, authorisation, kept), 个人信息保护法 44–45 (to know, to have a copy).

mod held;
mod log;
mod purposes;
mod record;
mod report;

pub use log::{log, of_resident};
pub use purposes::{purposes, words as purpose_words};
pub use record::print_record;
pub use report::hold_report;

use zhenxin_domain::{ids::ResidentId, text};
use zhenxin_protocol::body::{query::QueryField, resident::Field};
use zhenxin_store::{PersonQueryDraft, Reader, ResidentRow, Tx, Unsealed};

use crate::{
    Caller,
    contract::{Fault, FaultCode, queries::*},
    residents, shown,
};

/// A reason is a sentence, not a file.
const REASON_CHARS_MAX: usize = 100;
/// "好" is no reason.
const REASON_CHARS_MIN: usize = 2;

/// A field in words.
const fn label(field: PersonField) -> &'static str {
    match field {
        PersonField::IdNumber => "身份证号",
        PersonField::Phone => "电话",
        PersonField::Address => "住址",
    }
}

const fn noted(field: PersonField) -> QueryField {
    match field {
        PersonField::IdNumber => QueryField::IdNumber,
        PersonField::Phone => QueryField::Phone,
        PersonField::Address => QueryField::Address,
    }
}

/// What was shown, in words.
fn fields_words(fields: &[QueryField]) -> String {
    let words = fields.iter().map(|field| match field {
        QueryField::IdNumber => "身份证号",
        QueryField::Phone => "电话",
        QueryField::Address => "住址",
        QueryField::Everything => "全部信息（交给本人）",
    });
    words.collect::<Vec<_>>().join("、")
}

/// The one way from a row to a value that is not masked.
fn plain(row: &ResidentRow, field: PersonField) -> &str {
    let value = match field {
        PersonField::IdNumber => &row.id_number,
        PersonField::Phone => &row.phone,
        PersonField::Address => &row.address,
    };
    value.as_deref().unwrap_or_default()
}

/// Values that stand against the one that counts.
fn others(reader: &Reader, resident: ResidentId, field: PersonField) -> Result<Vec<String>, Fault> {
    let field = match field {
        PersonField::IdNumber => Field::IdNumber,
        PersonField::Phone => Field::Phone,
        PersonField::Address => Field::Address,
    };
    let sides = reader.field_sides(resident, field)?.into_iter().filter(|side| !side.current);
    let texts = sides.filter_map(|side| match side.value {
        Some(Unsealed::Text(text)) => Some(text),
        _ => None,
    });
    Ok(texts.collect())
}

/// Purpose, reason and authorisation of a look.
struct Why {
    purpose: purposes::Purpose,
    reason: String,
    authorisation: Option<String>,
}

impl Why {
    fn of(caller: &Caller, tx: &Tx, request: &Reveal, resident: ResidentId) -> Result<Self, Fault> {
        if request.again {
            return Self::again(caller, tx.reader(), resident)?
                .ok_or_else(|| Fault::field("purpose", "您今天还没有查看过这位居民，请选择用途并写明理由。"));
        }
        let purpose = request.purpose.as_deref().unwrap_or_default();
        let purpose = purposes::in_force(purpose, caller.today())
            .ok_or_else(|| Fault::field("purpose", "请从列表里选择一项用途。"))?;
        let reason = text::sentence(request.reason.as_deref().unwrap_or_default());
        match reason.chars().count() {
            count if count < REASON_CHARS_MIN => {
                return Err(Fault::field("reason", "请用一句话写明为什么要看，例如：本人到窗口补办手续。"));
            }
            count if count > REASON_CHARS_MAX => {
                return Err(Fault::field("reason", format!("理由最多 {REASON_CHARS_MAX} 个字。")));
            }
            _ => {}
        }
        let authorisation = text::optional_line(request.authorisation.as_deref().unwrap_or_default(), REASON_CHARS_MAX)
            .map_err(|fault| Fault::field("authorisation", format!("{fault}。")))?;
        if purpose.needs_authorisation && authorisation.is_none() {
            return Err(Fault::field("authorisation", "这项用途要写明协助查询文书的名称和文号。"));
        }
        Ok(Self { purpose, reason, authorisation })
    }

    /// As this user looked at this resident last, today.
    fn again(caller: &Caller, reader: &Reader, resident: ResidentId) -> Result<Option<Self>, Fault> {
        let last = reader.last_query(caller.user, resident, shown::midnight_ms(caller.today()))?;
        Ok(last.and_then(|row| {
            let purpose = purposes::in_force(&row.purpose, caller.today())?;
            Some(Self { purpose, reason: row.reason?, authorisation: row.authorisation })
        }))
    }
}

pub fn reveal(caller: &Caller, request: Reveal) -> Result<Revealed, Fault> {
    let id: ResidentId = shown::parse_id(&request.resident)?;
    let mut fields: Vec<PersonField> = Vec::new();
    for field in &request.fields {
        if !fields.contains(field) {
            fields.push(*field);
        }
    }
    if fields.is_empty() {
        return Err(Fault::field("fields", "请选择要查看的内容。"));
    }
    caller.write(|tx| {
        let row = residents::find(tx.reader(), id)?;
        let why = Why::of(caller, tx, &request, id)?;
        let noted: Vec<_> = fields.iter().map(|field| noted(*field)).collect();
        tx.note_query(PersonQueryDraft {
            resident: id,
            fields: &noted,
            purpose: &why.purpose.code,
            reason: &why.reason,
            authorisation: why.authorisation.as_deref(),
        })
        .map_err(unlocked)?;
        let mut shown = Vec::new();
        for field in &fields {
            shown.push(RevealedField {
                field: *field,
                label: label(*field).to_owned(),
                value: plain(&row, *field).to_owned(),
                others: others(tx.reader(), id, *field)?,
            });
        }
        Ok(Revealed { resident: id.to_string(), fields: shown, purpose: why.purpose.name, reason: why.reason })
    })
}

/// Notes that a slip with the person's whole address is handed out, before it is.
pub fn note_home(tx: &mut Tx, resident: ResidentId, reason: &str) -> Result<(), Fault> {
    let (fields, purpose) = (&[QueryField::Address], purposes::HOME_SERVICE);
    tx.note_query(PersonQueryDraft { resident, fields, purpose, reason, authorisation: None }).map_err(unlocked)?;
    Ok(())
}

/// Without the person's key there is nothing to show and nothing to seal the reason with.
fn unlocked(error: zhenxin_store::StoreError) -> Fault {
    match error {
        zhenxin_store::StoreError::KeyMissing => {
            Fault::new(FaultCode::Invalid, "这位居民的身份信息在本机没有解锁，或已按本人要求删除，没有可以查看的内容。")
        }
        error => error.into(),
    }
}

#[cfg(test)]
mod tests;
