//! Papers of the time bank: slips to sign, and the passbook with its proof.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use chrono::{Datelike, NaiveDate};
use zhenxin_documents::{
    passbook::{self, PassbookEntry, TimePassbook},
    slip::{self, ServiceSlip, SlipBatch},
};
use zhenxin_domain::{
    ids::{ResidentId, ServiceOrderId},
    ledger::{Account, Ledger, Owner},
    service_order::{Movement, OrderState as Stands, shown_number},
    service_time::duration,
    text,
};
use zhenxin_protocol::{body::statement::PassbookProof, hash::Hash32};
use zhenxin_store::{OrderRow, Reader, StatementRow, TransferRow};

use super::{
    awaiting::Awaiting,
    entries::{Cause, Causes},
    orders,
};
use crate::{
    Caller,
    contract::{
        Fault, FaultCode,
        sync::{Paper, StatementRequest},
        timebank::SlipsRequest,
    },
    paper_code, papers, queries, residents, shown,
};

/// Orders whose slips are printed at once: the day of a village.
const SLIPS_MAX: usize = 50;
/// Transfers of one account in a passbook; the paper's own page limit comes first.
const ENTRIES_MAX: u32 = 20_000;
/// The written rule of [`zhenxin_domain::service_time`] as people read it.
const COUNTING_RULE: &str = "从签到到签退的分钟数乘以服务当天的系数，四舍五入到整分钟，至少记 1 分钟。";
const SLIP_OBJECTION: &str =
    "双方签字后由村社录入，经第二人复核后入账。对时间或入账有异议的，请向镇街或村社提出，口头、书面均可，不收费用。";
const CHECK_HINT: &str = "在镇街或村社窗口报出核对码，可以核对本存折的笔数和余额是否完整。";

/// Minutes that another PC may have spent as well.
const AWAITING: &str = "待区平台确认";

const WEEKDAYS: [&str; 7] = ["一", "二", "三", "四", "五", "六", "日"];

/// Whose home stands whole on a slip, and the number of the order.
type Home = (ResidentId, String);

/// A beneficiary's home is masked: to look at before printing.
pub fn preview_slips(caller: &Caller, request: SlipsRequest) -> Result<Paper, Fault> {
    let (batch, _) = compose_slips(caller, &request, false)?;
    rendered_slips(caller, &batch)
}

/// A beneficiary's home stands there whole, since somebody goes there: each one is noted as a look.
pub fn print_slips(caller: &Caller, request: SlipsRequest) -> Result<Paper, Fault> {
    let (batch, homes) = compose_slips(caller, &request, true)?;
    let printed = rendered_slips(caller, &batch)?;
    // noted only when the paper could be made, and before it is handed out
    caller.write(|tx| {
        for (resident, number) in &homes {
            queries::note_home(tx, *resident, &format!("打印服务单 {number}，安排志愿者上门"))?;
        }
        Ok(())
    })?;
    Ok(printed)
}

/// The slips, and whose homes stand on them whole.
fn compose_slips(caller: &Caller, request: &SlipsRequest, whole: bool) -> Result<(SlipBatch, Vec<Home>), Fault> {
    if request.orders.is_empty() || request.orders.len() > SLIPS_MAX {
        return Err(Fault::field("orders", format!("每次请选择 1 到 {SLIPS_MAX} 张服务单。")));
    }
    let ids = request.orders.iter().map(|id| shown::parse_id(id)).collect::<Result<Vec<ServiceOrderId>, _>>()?;
    let awaiting = Awaiting::of(caller)?;
    let mut homes = Vec::new();
    let batch = caller.read(|reader| {
        let mut slips = Vec::with_capacity(ids.len());
        for id in &ids {
            let row = orders::find(reader, *id)?;
            let (place, home) = place(reader, &row, whole)?;
            slips.push(slip(caller, &row, place, awaiting.order(reader, &row)?)?);
            homes.extend(home.map(|resident| (resident, shown_number(&row.number))));
        }
        Ok::<_, Fault>(SlipBatch {
            slips,
            rounding_rule: COUNTING_RULE.to_owned(),
            objection: SLIP_OBJECTION.to_owned(),
            printed_at: paper_code::print_time(caller.app.clock().now_ms()),
            printed_by: caller.name.clone(),
        })
    })?;
    Ok((batch, homes))
}

fn rendered_slips(caller: &Caller, batch: &SlipBatch) -> Result<Paper, Fault> {
    let printed = slip::render(caller.app.fonts()?, batch)?;
    Ok(Paper {
        file_name: format!("时间银行服务单-{}.pdf", shown::day(caller.today())),
        content: BASE64.encode(&printed.bytes),
        code: String::new(),
        pages: u32::try_from(printed.pages).unwrap_or(u32::MAX),
    })
}

fn slip(caller: &Caller, row: &OrderRow, place: String, waits: bool) -> Result<ServiceSlip, Fault> {
    if row.refused || matches!(row.state, Stands::Cancelled | Stands::Reversed) {
        let message = format!("服务单 {} 已取消、冲正或被退回，不能打印。请去掉后再打印。", shown_number(&row.number));
        return Err(Fault::new(FaultCode::Conflict, message));
    }
    let weekday = WEEKDAYS[row.day.weekday().num_days_from_monday() as usize];
    Ok(ServiceSlip {
        town_name: caller.town.division.name.clone(),
        village_name: row.village.map(|code| shown::village(&caller.town, code)).unwrap_or_default(),
        order_number: shown_number(&row.number),
        service: row.service_name.clone().unwrap_or_default(),
        coefficient: row.coefficient.map(|coefficient| coefficient.to_string()).unwrap_or_default(),
        beneficiary_name: row.beneficiary_name.clone().unwrap_or_default(),
        volunteer_name: row.volunteer_name.clone().unwrap_or_default(),
        day: format!("{}（星期{weekday}）", shown::day(row.day)),
        planned: orders::planned_words(row),
        place,
        payer: if waits { format!("{}（{AWAITING}）", row.payer.label()) } else { row.payer.label().to_owned() },
        note: row.note.clone().unwrap_or_default(),
    })
}

/// Where the volunteer goes: the place that was named, else the beneficiary's home; and whose home stands there whole.
fn place(reader: &Reader, row: &OrderRow, whole: bool) -> Result<(String, Option<ResidentId>), Fault> {
    if let Some(place) = &row.place {
        return Ok((place.clone(), None));
    }
    let who = reader.resident(reader.kept(row.beneficiary)?)?;
    Ok(match who.as_ref().and_then(|who| Some((who.id, who.address.as_deref()?))) {
        Some((resident, address)) if whole => (address.to_owned(), Some(resident)),
        Some((_, address)) => (text::mask_address(address), None),
        None => (String::new(), None),
    })
}

pub fn preview_passbook(caller: &Caller, request: StatementRequest) -> Result<Paper, Fault> {
    let id = shown::parse_id(&request.resident)?;
    let (paper, _) = caller.read(|reader| compose(caller, reader, id, "预览件，未盖章无效"))?;
    rendered(caller, &paper)
}

pub fn print_passbook(caller: &Caller, request: StatementRequest) -> Result<Paper, Fault> {
    let id: ResidentId = shown::parse_id(&request.resident)?;
    let code = paper_code::new_code(caller);
    let (paper, lines) = caller.read(|reader| compose(caller, reader, id, &code))?;
    let printed = rendered(caller, &paper)?;
    // logged only when the paper could be made
    caller.write(|tx| {
        tx.issue_statement(id, &code, balance(&lines), caller.today(), Some(proof(&lines)))?;
        Ok(())
    })?;
    Ok(printed)
}

fn rendered(caller: &Caller, paper: &TimePassbook) -> Result<Paper, Fault> {
    let printed = passbook::render(caller.app.fonts()?, paper)?;
    Ok(Paper {
        file_name: format!("时间存折-{}.pdf", paper.as_of),
        content: BASE64.encode(&printed.bytes),
        code: paper.verification_code.clone(),
        pages: u32::try_from(printed.pages).unwrap_or(u32::MAX),
    })
}

/// A line of a passbook, as it is proven.
struct Line {
    transfer: TransferRow,
    cause: Cause,
}

impl Line {
    fn number(&self) -> String {
        self.cause.order().map(|order| shown_number(&order.number)).unwrap_or_default()
    }
}

/// The account up to a day, the oldest first.
fn lines(reader: &Reader, id: ResidentId, as_of: NaiveDate) -> Result<Vec<Line>, Fault> {
    lines_from(reader, reader.transfers_of(Account::minutes(Owner::Resident(id)), ENTRIES_MAX, 0)?, as_of)
}

fn lines_from(reader: &Reader, rows: Vec<TransferRow>, as_of: NaiveDate) -> Result<Vec<Line>, Fault> {
    let mut causes = Causes::default();
    let upto = rows.into_iter().take_while(|row| row.effective_on <= as_of);
    upto.map(|transfer| Ok(Line { cause: causes.of(reader, &transfer)?, transfer })).collect()
}

fn balance(lines: &[Line]) -> i64 {
    lines.last().map_or(0, |line| line.transfer.balance_after_units)
}

/// What proves that nothing was left out or changed: day, number, minutes in or out and balance of every line.
fn proof(lines: &[Line]) -> PassbookProof {
    let texts: Vec<String> = lines
        .iter()
        .map(|line| {
            let row = &line.transfer;
            let (day, number) = (shown::day(row.effective_on), line.number());
            format!("{day}\t{number}\t{}\t{}\n", row.amount_units, row.balance_after_units)
        })
        .collect();
    let parts: Vec<&[u8]> = texts.iter().map(String::as_bytes).collect();
    PassbookProof { entries: u32::try_from(lines.len()).unwrap_or(u32::MAX), digest: Hash32::of_parts(&parts) }
}

/// Whether the account still begins with the entries that a passbook printed; later ones follow them. It was printed of
/// the records that were one person then, or of this record alone.
pub fn intact(reader: &Reader, row: &StatementRow, printed: &PassbookProof) -> Result<bool, Fault> {
    let then = reader.names_before(row.resident, row.issued_at)?;
    for records in [then, reader.names_of(row.resident)?, vec![row.resident]] {
        let rows = reader.transfers_of_records(Ledger::Minutes, &records, ENTRIES_MAX)?;
        let lines = lines_from(reader, rows, row.as_of)?;
        if lines.get(..printed.entries as usize).is_some_and(|lines| proof(lines) == *printed) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn compose(caller: &Caller, reader: &Reader, id: ResidentId, code: &str) -> Result<(TimePassbook, Vec<Line>), Fault> {
    let today = caller.today();
    let awaiting = Awaiting::of(caller)?;
    let resident = residents::find(reader, id)?;
    let holder = shown::resident_line(&caller.town, &resident, today, false);
    let lines = lines(reader, id, today)?;
    let sums = reader.time_sums(id)?;
    let first = lines.first().map_or(today, |line| line.transfer.effective_on);
    let moved = |gained: bool| {
        let rows = lines.iter().map(|line| line.transfer.amount_units).filter(|amount| (*amount > 0) == gained);
        duration(rows.map(i64::abs).sum())
    };
    let paper = TimePassbook {
        town_name: caller.town.division.name.clone(),
        village_name: holder.village_name,
        holder_name: holder.name,
        id_masked: holder.id_masked,
        period: format!("{} 至 {}", shown::day(first), shown::day(today)),
        as_of: shown::day(today),
        available: duration(balance(&lines)),
        reserved: duration(sums.held_min),
        served: duration(sums.earned_min),
        used: duration(sums.used_min),
        opening_balance: String::new(),
        entries: lines.iter().map(|line| entry(reader, awaiting, id, line)).collect::<Result<_, Fault>>()?,
        total_in: moved(true),
        total_out: moved(false),
        closing_balance: duration(balance(&lines)),
        rounding_rule: COUNTING_RULE.to_owned(),
        objection: papers::objection(caller, reader, today)?,
        verification_code: code.to_owned(),
        verification_hint: CHECK_HINT.to_owned(),
        printed_at: paper_code::print_time(caller.app.clock().now_ms()),
        printed_by: caller.name.clone(),
    };
    Ok((paper, lines))
}

fn entry(reader: &Reader, awaiting: Awaiting, holder: ResidentId, line: &Line) -> Result<PassbookEntry, Fault> {
    let Line { transfer, cause } = line;
    let kind = cause.kind(transfer);
    let service = cause.order().and_then(|order| order.service_name.clone()).unwrap_or_default();
    let (reason, kind) = if service.is_empty() { (kind.to_owned(), "") } else { (service, role(cause, kind, holder)) };
    let spent = transfer.amount_units < 0 && transfer.reverses.is_none();
    let waits = if spent && cause.awaits(reader, awaiting)? { AWAITING } else { "" };
    let detail = [kind.to_owned(), cause.detail(holder, transfer), waits.to_owned()];
    let detail: Vec<String> = detail.into_iter().filter(|words| !words.is_empty()).collect();
    let credited = cause.credited();
    let minutes = transfer.amount_units;
    let side = |shown: bool| if shown { duration(minutes.abs()) } else { String::new() };
    Ok(PassbookEntry {
        day: shown::day(transfer.effective_on),
        order_number: line.number(),
        reason,
        detail: detail.join("，"),
        worked: credited.and_then(OrderRow::worked_min).map(|worked| duration(i64::from(worked))).unwrap_or_default(),
        coefficient: credited.and_then(|order| order.coefficient).map(|c| c.to_string()).unwrap_or_default(),
        amount_in: side(minutes > 0),
        amount_out: side(minutes < 0),
        balance_after: duration(transfer.balance_after_units),
    })
}

/// The holder's part in a service.
fn role<'k>(cause: &Cause, kind: &'k str, holder: ResidentId) -> &'k str {
    match cause {
        Cause::Order(order, Some(Movement::Pay | Movement::TopUp)) => {
            if order.beneficiary == holder {
                "接受服务"
            } else {
                "为他人服务"
            }
        }
        _ => kind,
    }
}
