//! 服务项目: what can be served, and what a minute of it counts, in versions.

use zhenxin_domain::{
    ids::{RequestId, ServiceTypeId},
    lawful,
    service_time::Coefficient,
    text,
};
use zhenxin_store::{Reader, ServiceTypeDraft, ServiceTypeRow};

use super::checks::{self, Judged};
use crate::{
    Caller,
    contract::{Fault, FaultCode, session::Nothing, timebank::*},
    form::Form,
    request::once,
    shown,
};

/// A code fits the column of a slip.
const CODE_CHARS_MAX: usize = 12;
/// A name fits one line of a slip.
const NAME_CHARS_MAX: usize = 30;

pub fn service_types(caller: &Caller, _: Nothing) -> Result<ServiceTypes, Fault> {
    caller.store().read(|reader| listed(caller, reader))
}

fn listed(caller: &Caller, reader: &Reader) -> Result<ServiceTypes, Fault> {
    let in_force = reader.service_types_in_force(caller.today())?;
    let counts = |row: &ServiceTypeRow| {
        in_force.iter().any(|now| now.service_type == row.service_type && now.version == row.version)
    };
    let types = reader.service_types()?;
    let lines = types.iter().map(|row| ServiceTypeLine {
        service_type: row.service_type.to_string(),
        version: row.version,
        code: row.code.clone(),
        name: row.name.clone(),
        coefficient_percent: u32::from(row.coefficient.percent()),
        in_force_from: shown::day(row.in_force_from),
        in_force: counts(row),
    });
    Ok(ServiceTypes { types: lines.collect() })
}

pub fn set_service_type(caller: &Caller, request: SetServiceType) -> Result<ServiceTypes, Fault> {
    let request_id: RequestId = shown::parse_id(&request.request_id)?;
    let service_type: Option<ServiceTypeId> = request.service_type.as_deref().map(shown::parse_id).transpose()?;
    let today = caller.today();
    let mut form = Form::default();
    let code = form.keep("code", code(&request.code));
    let name = form.keep("name", name(&request.name));
    let coefficient = form.keep("coefficient_percent", Coefficient::new(request.coefficient_percent));
    let in_force_from = form.keep("in_force_from", checks::day(&request.in_force_from));
    if service_type.is_some() && in_force_from.is_some_and(|day| day < today) {
        form.fault("in_force_from", "新版本不能从过去的日子开始，已经服务过的单不能改系数。");
    }
    form.done()?;
    let (Some(code), Some(name), Some(coefficient), Some(in_force_from)) = (code, name, coefficient, in_force_from)
    else {
        return Err(Fault::new(FaultCode::Invalid, "请补全服务项目。"));
    };
    lawful_name(&name)?;
    caller.write(|tx| {
        once(tx, request_id, |tx| {
            let taken = |row: &ServiceTypeRow| row.code == code && Some(row.service_type) != service_type;
            if tx.reader().service_types()?.iter().any(taken) {
                return Err(Fault::field("code", "这个编号已有别的服务项目在用，请另取一个。"));
            }
            let draft = ServiceTypeDraft { service_type, code, name, coefficient, in_force_from };
            Ok(tx.record_service_type(&draft)?.0)
        })?;
        listed(caller, tx.reader())
    })
}

fn code(written: &str) -> Judged<String> {
    let code = text::normalise(written).to_uppercase();
    let fits = !code.is_empty() && code.len() <= CODE_CHARS_MAX && code.bytes().all(|b| b.is_ascii_alphanumeric());
    if fits { Ok(code) } else { Err(format!("编号请写 1 到 {CODE_CHARS_MAX} 个字母或数字")) }
}

fn name(written: &str) -> Judged<String> {
    let name = text::sentence(written);
    let found = name.chars().count();
    if found == 0 || found > NAME_CHARS_MAX {
        Err(format!("名称请写 1 到 {NAME_CHARS_MAX} 个字"))
    } else {
        Ok(name)
    }
}

/// A catalogue passes the same gate as the rules of points.
fn lawful_name(name: &str) -> Result<(), Fault> {
    match lawful::scan_free_text(name).first() {
        None => Ok(()),
        Some(finding) => Err(Fault { code: FaultCode::Unlawful, ..Fault::field("name", format!("{finding}。")) }),
    }
}
