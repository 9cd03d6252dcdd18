//! 回单: numbers and slips come back from the villages and are entered in one go.

use std::collections::{HashMap, HashSet};

use zhenxin_domain::{
    code_text,
    ids::{RequestId, ResidentId, ServiceOrderId, ServiceTypeId},
    service_order::{
        self as machine, ConfirmWay, NUMBER_CHARS, OrderState as Stands, Side, Standing, Step, StepFault, Terms,
        advance,
    },
};
use zhenxin_store::{OrderDraft, OrderMove, OrderRow, Reader};

use super::{
    awaiting::Awaiting,
    checks::{self, Judged, Now, Span},
    lines::{asked_payer, clock, order_line},
};
use crate::{
    Caller,
    contract::{Fault, points::LeftOut, timebank::*},
    fault::sentence,
    form::rows_refused,
    request::{former_reply, remember},
    shown,
};

/// Slips of one act: a month's pile of one village.
const SLIPS_MAX: usize = 200;
/// Numbers looked up at once.
const NUMBERS_MAX: usize = 500;

pub fn resolve_orders(caller: &Caller, request: ResolveOrders) -> Result<ResolvedOrders, Fault> {
    if request.numbers.len() > NUMBERS_MAX {
        return Err(Fault::field("numbers", format!("每次最多查 {NUMBERS_MAX} 个单号。")));
    }
    let today = caller.today();
    let awaiting = Awaiting::of(caller)?;
    caller.read(|reader| {
        let lines = request.numbers.iter().map(|text| {
            let number = code_text::typed(text);
            let mut found = if number.len() == NUMBER_CHARS { reader.orders_by_number(&number)? } else { Vec::new() };
            let problem = match found.as_slice() {
                [] if number.is_empty() => Some("这一行是空的。".to_owned()),
                [] if number.len() != NUMBER_CHARS => Some("单号是 8 位字母和数字，请照服务单核对。".to_owned()),
                [] => Some("没有这个单号的服务单，请照服务单核对。".to_owned()),
                [one] if one.refused => Some("这张服务单已被区平台退回，请重新开单。".to_owned()),
                [one] if one.day > today => Some("服务日期还没到，请等服务结束后再录。".to_owned()),
                [one] => not_enterable(one.state).map(|fault| sentence(&fault.to_string())),
                _ => Some("有两张服务单是这个单号，请从服务单列表里打开。".to_owned()),
            };
            let order = if found.len() == 1 { found.pop() } else { None };
            let order = order.map(|row| order_line(&caller.town, reader, awaiting, &row)).transpose()?;
            Ok(ResolvedOrder { text: text.clone(), order, problem })
        });
        Ok(ResolvedOrders { lines: lines.collect::<Result<_, Fault>>()? })
    })
}

fn not_enterable(found: Stands) -> Option<StepFault> {
    let open = matches!(found, Stands::Posted | Stands::Taken | Stands::SignedIn | Stands::SignedOut);
    (!open).then_some(StepFault::State { found })
}

/// What a slip says, ids read.
struct Slip {
    order: Option<ServiceOrderId>,
    beneficiary: Option<ResidentId>,
    service_type: Option<ServiceTypeId>,
    volunteer: Option<ResidentId>,
}

impl Slip {
    fn read(row: &SlipRow) -> Result<Self, Fault> {
        Ok(Self {
            order: row.order.as_deref().map(shown::parse_id).transpose()?,
            beneficiary: row.beneficiary.as_deref().map(shown::parse_id).transpose()?,
            service_type: row.service_type.as_deref().map(shown::parse_id).transpose()?,
            volunteer: row.volunteer.as_deref().map(shown::parse_id).transpose()?,
        })
    }
}

/// A slip that can be entered.
struct Entry {
    /// The order that is there, or the one to make.
    order: Result<ServiceOrderId, OrderDraft>,
    steps: Vec<Step>,
    confirmed: bool,
}

pub fn enter_slips(caller: &Caller, request: EnterSlips) -> Result<SlipsEntered, Fault> {
    let request_id: RequestId = shown::parse_id(&request.request_id)?;
    if request.rows.is_empty() || request.rows.len() > SLIPS_MAX {
        return Err(Fault::field("rows", format!("每次请录 1 到 {SLIPS_MAX} 张回单。")));
    }
    let slips = request.rows.iter().map(Slip::read).collect::<Result<Vec<_>, _>>()?;
    let skip_faulty = request.skip_faulty.unwrap_or(false);
    let mut pile = Pile::of(Now::of(caller));
    caller.write(|tx| {
        if let Some(reply) = former_reply(tx, request_id)? {
            return Ok(reply);
        }
        let (mut entries, mut left_out) = (Vec::new(), Vec::new());
        for (index, (slip, row)) in slips.iter().zip(&request.rows).enumerate() {
            match pile.judge(tx.reader(), slip, row)? {
                Ok(entry) => entries.push(entry),
                Err(reason) => left_out.push(LeftOut {
                    row: u32::try_from(index + 1).unwrap_or(u32::MAX),
                    resident: String::new(),
                    reason: sentence(&reason),
                }),
            }
        }
        if entries.is_empty() || (!left_out.is_empty() && !skip_faulty) {
            return Err(refusal(left_out));
        }
        let count = |all: usize| u32::try_from(all).unwrap_or(u32::MAX);
        let confirmed = count(entries.iter().filter(|entry| entry.confirmed).count());
        let entered = count(entries.len());
        let drafts: Vec<OrderDraft> = entries.iter().filter_map(|entry| entry.order.as_ref().err().cloned()).collect();
        let mut made = if drafts.is_empty() { Vec::new() } else { tx.post_orders(&drafts)? }.into_iter();
        let moves = entries.into_iter().filter_map(|entry| {
            let order = entry.order.ok().or_else(|| made.next())?;
            Some(OrderMove { order, steps: entry.steps, reason: None })
        });
        let moves: Vec<OrderMove> = moves.collect();
        tx.move_orders(&moves)?;
        remember(tx, request_id, SlipsEntered { entered, confirmed, left_out })
    })
}

fn refusal(left_out: Vec<LeftOut>) -> Fault {
    let message = format!("{} 张回单有问题，没有写入任何一张。请改正或去掉这些行，再提交。", left_out.len());
    rows_refused(message, left_out)
}

/// The slips of one act: what earlier rows took counts for the later ones.
struct Pile {
    now: Now,
    seen: HashSet<ServiceOrderId>,
    spans: Vec<(ResidentId, Span)>,
    booked_min: HashMap<ResidentId, u32>,
}

impl Pile {
    fn of(now: Now) -> Self {
        Self { now, seen: HashSet::new(), spans: Vec::new(), booked_min: HashMap::new() }
    }

    fn judge(&mut self, reader: &Reader, slip: &Slip, row: &SlipRow) -> Result<Judged<Entry>, Fault> {
        let times = checks::clock(&row.signed_in).and_then(|from| Ok((from, checks::clock(&row.signed_out)?)));
        let (from_min, to_min) = match times {
            Ok(times) => times,
            Err(message) => return Ok(Err(message)),
        };
        match slip.order {
            Some(order) => self.judge_known(reader, order, slip, row, (from_min, to_min)),
            None => self.judge_new(reader, slip, row, (from_min, to_min)),
        }
    }

    fn judge_known(
        &mut self,
        reader: &Reader,
        order: ServiceOrderId,
        slip: &Slip,
        row: &SlipRow,
        times: (u16, u16),
    ) -> Result<Judged<Entry>, Fault> {
        let Some(found) = reader.order(order)?.filter(|found| !found.refused) else {
            return Ok(Err("没有这张服务单，可能已被区平台退回，请核对单号".to_owned()));
        };
        if !self.seen.insert(order) {
            return Ok(Err("这张服务单已在前面的行里".to_owned()));
        }
        let steps = match steps(&found, slip.volunteer, times, row) {
            Ok(steps) => steps,
            Err(message) => return Ok(Err(message)),
        };
        let now = found.standing();
        self.finish(reader, Ok(order), &found.terms(), (now, steps), found.day)
    }

    fn judge_new(
        &mut self,
        reader: &Reader,
        slip: &Slip,
        row: &SlipRow,
        (from_min, to_min): (u16, u16),
    ) -> Result<Judged<Entry>, Fault> {
        let day = self.now.service_day(row.day.as_deref().unwrap_or_default());
        let read = || -> Judged<_> {
            let beneficiary = slip.beneficiary.ok_or("请填单号，或选择服务对象")?;
            let service_type = slip.service_type.ok_or("请选择服务项目")?;
            let payer = asked_payer(row.payer.ok_or("请选择由谁支付")?);
            let volunteer = slip.volunteer.ok_or("请写明志愿者")?;
            Ok((beneficiary, service_type, payer, volunteer, day?))
        };
        let (beneficiary, service_type, payer, volunteer, day) = match read() {
            Ok(read) => read,
            Err(message) => return Ok(Err(message)),
        };
        if let Err(message) = checks::in_force(reader, service_type, day)? {
            return Ok(Err(message));
        }
        if let Err(message) = checks::consented(reader, "服务对象", beneficiary, day)? {
            return Ok(Err(message));
        }
        // what was served is what was planned; times that do not fit are told by the machine below
        let planned_min = to_min.saturating_sub(from_min);
        if payer == machine::Payer::Own {
            let booked = self.booked_min.get(&beneficiary).copied().unwrap_or_default();
            if let Err(message) = checks::covered(reader, beneficiary, booked, u32::from(planned_min))? {
                return Ok(Err(format!("服务对象的{message}；可以改由镇准备金支付")));
            }
        }
        let mut steps = vec![Step::Take(volunteer), Step::SignIn(from_min), Step::SignOut(to_min)];
        steps.extend(confirmations(&Standing::POSTED, row));
        let terms = Terms { beneficiary, payer, planned_min };
        let draft = OrderDraft {
            need: None,
            beneficiary,
            service_type,
            day,
            start_min: from_min,
            planned_min,
            payer,
            place: None,
            note: None,
        };
        let judged = self.finish(reader, Err(draft), &terms, (Standing::POSTED, steps), day)?;
        if judged.is_ok() && payer == machine::Payer::Own {
            *self.booked_min.entry(beneficiary).or_default() += u32::from(planned_min);
        }
        Ok(judged)
    }

    /// The machine, the clock, the volunteer's consent and other orders.
    fn finish(
        &mut self,
        reader: &Reader,
        order: Result<ServiceOrderId, OrderDraft>,
        terms: &Terms,
        (now, steps): (Standing, Vec<Step>),
        day: chrono::NaiveDate,
    ) -> Result<Judged<Entry>, Fault> {
        let next = match steps.iter().try_fold(now, |now, step| advance(terms, &now, *step)) {
            Ok(next) => next,
            Err(fault) => return Ok(Err(fault.to_string())),
        };
        let (Some(volunteer), Some(from_min), Some(to_min)) = (next.volunteer, next.signed_in_min, next.signed_out_min)
        else {
            return Ok(Err("回单缺少志愿者或时间，请补全".to_owned()));
        };
        if let Err(message) = self.now.has_seen(day, to_min) {
            return Ok(Err(message));
        }
        if let Err(message) = checks::consented(reader, "志愿者", volunteer, day)? {
            return Ok(Err(message));
        }
        let span = Span { day, from_min, to_min };
        if let Err(message) = checks::free(reader, volunteer, span, order.as_ref().ok().copied())? {
            return Ok(Err(message));
        }
        if self.spans.iter().any(|(other, taken)| *other == volunteer && taken.meets(span)) {
            return Ok(Err("这位志愿者的时间和前面的行重叠，请核对".to_owned()));
        }
        self.spans.push((volunteer, span));
        Ok(Ok(Entry { order, steps, confirmed: next.state == Stands::Confirmed }))
    }
}

/// What a slip adds to an order.
fn steps(
    found: &OrderRow,
    volunteer: Option<ResidentId>,
    (from_min, to_min): (u16, u16),
    row: &SlipRow,
) -> Judged<Vec<Step>> {
    if let Some(fault) = not_enterable(found.state) {
        return Err(fault.to_string());
    }
    if volunteer.is_some() && found.volunteer.is_some() && volunteer != found.volunteer {
        return Err("回单上的志愿者和服务单上的不是同一个人，请核对".to_owned());
    }
    let differs = |known: Option<u16>, written: u16| known.is_some_and(|known| known != written);
    if differs(found.signed_in_min, from_min) || differs(found.signed_out_min, to_min) {
        let known = [found.signed_in_min, found.signed_out_min].map(|minute| minute.map(clock).unwrap_or_default());
        let known = known.join(" 至 ");
        return Err(format!("回单上的时间和已登记的 {known} 不同，请核对；登记有误的先提出异议再更正"));
    }
    let mut steps = Vec::new();
    if found.state == Stands::Posted {
        steps.push(Step::Take(volunteer.ok_or("请写明志愿者")?));
    }
    if found.signed_in_min.is_none() {
        steps.push(Step::SignIn(from_min));
    }
    if found.signed_out_min.is_none() {
        steps.push(Step::SignOut(to_min));
    }
    steps.extend(confirmations(&found.standing(), row));
    if steps.is_empty() { Err("这张回单没有新的内容，已经录过了".to_owned()) } else { Ok(steps) }
}

/// Signatures that were not there before.
fn confirmations(now: &Standing, row: &SlipRow) -> Vec<Step> {
    let signed = [
        (row.volunteer_signed && now.volunteer_way.is_none(), Side::Volunteer),
        (row.beneficiary_signed && now.beneficiary_way.is_none(), Side::Beneficiary),
    ];
    signed.into_iter().filter(|(new, _)| *new).map(|(_, side)| Step::Confirm(side, ConfirmWay::Slip)).collect()
}
