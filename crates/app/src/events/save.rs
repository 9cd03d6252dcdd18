//! An activity planned, changed, held or cancelled.

use zhenxin_domain::{
    event::EventState as State,
    ids::{BrandId, EventId, RequestId},
};
use zhenxin_store::{EventDraft, EventRow};

use super::{detail_of, find, place, state_of};
use crate::{
    Caller, brands,
    contract::{Fault, events::*},
    form::Form,
    request::once,
    shown,
};

/// Characters of a title or a place: one line of a list.
const LINE_CHARS_MAX: usize = 60;
/// Characters of a plan: one page.
const PLAN_CHARS_MAX: usize = 1_000;
/// Ten million yuan: no activity of a town costs more, a figure beyond it is in the wrong unit.
const COST_FEN_MAX: u64 = 1_000_000_000;

pub fn save(caller: &Caller, request: SaveEvent) -> Result<EventDetail, Fault> {
    let request_id: RequestId = shown::parse_id(&request.request_id)?;
    let event: Option<EventId> = request.event.as_deref().map(shown::parse_id).transpose()?;
    let brand: Option<BrandId> = request.brand.as_deref().map(shown::parse_id).transpose()?;
    let today = caller.today();
    let mut form = Form::default();
    if event.is_none() && request.title.is_none() {
        form.fault("title", "请填写活动名称。");
    }
    if event.is_none() && request.planned_on.is_none() {
        form.fault("planned_on", "请填写计划日期。");
    }
    let draft = EventDraft {
        event,
        title: request.title.as_deref().map(|title| form.line("title", "活动名称", title, 1..=LINE_CHARS_MAX)),
        plan: request.plan.as_deref().map(|plan| form.text("plan", "活动方案", plan, 0..=PLAN_CHARS_MAX)),
        place: request.place.as_deref().map(|place| form.line("place", "地点", place, 0..=LINE_CHARS_MAX)),
        setting: request.setting.map(place),
        brand,
        planned_on: request.planned_on.as_deref().map(|day| form.plan_day("planned_on", "计划日期", day, today)),
        held_on: request.held_on.as_deref().map(|day| form.past_day("held_on", "举办日期", day, today)),
        cost_fen: request.cost_fen,
        state: request.state.map(state_of),
    };
    if request.cost_fen.is_some_and(|cost| cost > COST_FEN_MAX) {
        form.fault("cost_fen", "费用超过一千万元，请核对单位。");
    }
    if event.is_some() && changes_nothing(&request) {
        form.fault("title", "没有要保存的改动。");
    }
    let seen = caller.write(|tx| {
        let id = once(tx, request_id, |tx| {
            let before = event.map(|id| find(tx.reader(), id)).transpose()?;
            check_state(&mut form, &draft, before.as_ref());
            std::mem::take(&mut form).done()?;
            if let Some(brand) = brand {
                brands::find(tx.reader(), brand)?;
            }
            Ok(tx.record_event(&draft)?)
        })?;
        Ok(id)
    })?;
    caller.read(|reader| detail_of(caller, reader, seen))
}

fn changes_nothing(request: &SaveEvent) -> bool {
    let texts = [&request.title, &request.plan, &request.place, &request.brand, &request.planned_on, &request.held_on];
    texts.iter().all(|text| text.is_none())
        && request.setting.is_none()
        && request.state.is_none()
        && request.cost_fen.is_none()
}

/// What was held has its day, and nothing else has one.
fn check_state(form: &mut Form, draft: &EventDraft, before: Option<&EventRow>) {
    let state = draft.state.or(before.map(|row| row.state)).unwrap_or(State::Planned);
    let held_on = draft.held_on.or(before.and_then(|row| row.held_on));
    match state {
        State::Held if held_on.is_none() => form.fault("held_on", "请填写举办日期。"),
        State::Planned | State::Cancelled if draft.held_on.is_some() => {
            form.fault("held_on", "只有已举办的活动填写举办日期。");
        }
        _ => {}
    }
}
