//! Awards, orders and gifts as rows.

use zhenxin_domain::ids::ResidentId;
use zhenxin_domain::service_order::{ConfirmWay, OrderState, Payer, Standing, Terms};

use super::book::{Award, AwardState, Gift, Id, Order, resident_bytes};
use crate::store::StoreError;
use crate::store::db::{Row, Value};

fn day(number: Option<i64>, table: &'static str) -> Result<Option<i32>, StoreError> {
    number.map(|day| i32::try_from(day).map_err(|_| StoreError::Damaged(table))).transpose()
}

pub(super) fn award(mut row: Row) -> Result<(Id, Award), StoreError> {
    const TABLE: &str = "tally_award";
    let (_town, _scope) = (row.text()?, row.text()?);
    let id = row.bytes()?;
    let state: usize = row.narrow()?;
    let award = Award {
        state: *AwardState::ALL.get(state).ok_or(StoreError::Damaged(TABLE))?,
        amount_points: row.narrow()?,
        effective_on: day(row.opt_int()?, TABLE)?,
    };
    Ok((id, award))
}

pub(super) fn award_row<'a>(town: &'a str, scope: &'a str, id: &'a Id, award: &Award) -> Vec<Value<'a>> {
    let state = AwardState::ALL.iter().position(|state| *state == award.state).unwrap_or(0);
    vec![
        town.into(),
        scope.into(),
        id.into(),
        (state as i64).into(),
        award.amount_points.into(),
        award.effective_on.map(i64::from).into(),
    ]
}

pub(super) fn order(mut row: Row) -> Result<(Id, Order), StoreError> {
    const TABLE: &str = "tally_order";
    let damaged = || StoreError::Damaged(TABLE);
    let minute = |number: Option<i64>| number.map(|it| u16::try_from(it).map_err(|_| damaged())).transpose();
    let way = |code: Option<String>| code.map(|it| ConfirmWay::from_code(&it).ok_or_else(damaged)).transpose();
    let (_town, _scope) = (row.text()?, row.text()?);
    let id = row.bytes()?;
    let terms = Terms {
        beneficiary: ResidentId::from_bytes(row.bytes()?),
        payer: Payer::from_code(&row.text()?).ok_or_else(damaged)?,
        planned_min: row.narrow()?,
    };
    let standing = Standing {
        state: OrderState::from_code(&row.text()?).ok_or_else(damaged)?,
        volunteer: row
            .opt_blob()?
            .map(|id| id.try_into().map(ResidentId::from_bytes).map_err(|_| damaged()))
            .transpose()?,
        signed_in_min: minute(row.opt_int()?)?,
        signed_out_min: minute(row.opt_int()?)?,
        volunteer_way: way(row.opt_text()?)?,
        beneficiary_way: way(row.opt_text()?)?,
        credited_min: row.opt_int()?.map(|it| u32::try_from(it).map_err(|_| damaged())).transpose()?,
    };
    Ok((id, Order { terms, standing, credited_on: day(row.opt_int()?, TABLE)? }))
}

pub(super) fn order_row<'a>(town: &'a str, scope: &'a str, id: &'a Id, order: &'a Order) -> Vec<Value<'a>> {
    let (terms, now) = (&order.terms, &order.standing);
    vec![
        town.into(),
        scope.into(),
        id.into(),
        terms.beneficiary.as_bytes().into(),
        terms.payer.as_code().into(),
        u32::from(terms.planned_min).into(),
        now.state.as_code().into(),
        resident_bytes(now.volunteer.as_ref()).into(),
        now.signed_in_min.map(u32::from).into(),
        now.signed_out_min.map(u32::from).into(),
        now.volunteer_way.map(ConfirmWay::as_code).into(),
        now.beneficiary_way.map(ConfirmWay::as_code).into(),
        now.credited_min.into(),
        order.credited_on.map(i64::from).into(),
    ]
}

pub(super) fn gift(mut row: Row) -> Result<(Id, Gift), StoreError> {
    let (_town, _scope) = (row.text()?, row.text()?);
    let id = row.bytes()?;
    let gift =
        Gift { to_reserve: row.flag()?, amount_min: row.narrow()?, given_on: row.narrow()?, reversed: row.flag()? };
    Ok((id, gift))
}

pub(super) fn gift_row<'a>(town: &'a str, scope: &'a str, id: &'a Id, gift: &Gift) -> Vec<Value<'a>> {
    vec![
        town.into(),
        scope.into(),
        id.into(),
        gift.to_reserve.into(),
        gift.amount_min.into(),
        i64::from(gift.given_on).into(),
        gift.reversed.into(),
    ]
}
