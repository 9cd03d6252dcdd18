//! The district's figures against the towns' own: after two offices approved, credited and reversed the same things
//! offline, both sides count the same.

use chrono::{Months, NaiveDate};
use zhenxin_district::console::counting::catch_up;
use zhenxin_district::store::console::tally::{Figure, Measure};
use zhenxin_domain::ids::{AwardId, ResidentId, ServiceOrderId, TimeGiftId};
use zhenxin_domain::ledger::{Account, Owner};
use zhenxin_domain::service_order::{ConfirmWay, Payer, Side, Step};
use zhenxin_domain::service_time::Coefficient;
use zhenxin_store::{
    AwardBatch, AwardDraft, AwardTo, GiftDraft, OrderDraft, OrderMove, Review, ReviewDraft, ServiceTypeDraft,
};
use zhenxin_testkit::desk::Desk;
use zhenxin_testkit::pc::TOWN;

use crate::sync_stage::{Site, all_equal, settle};

const MINUTES_FROM_NINE: u16 = 540;

fn date(month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, month, day).unwrap()
}

/// A district with two offices that see the same people.
struct Pair {
    site: Site,
    one: Desk,
    two: Desk,
    people: Vec<ResidentId>,
}

impl Pair {
    fn open() -> Self {
        let site = Site::start();
        let [one, two] = ["综合办 1 号机", "综合办 2 号机"].map(|label| Desk::found(label).unwrap());
        site.enrol(&one, &[]);
        site.enrol(&two, &[]);
        let people = one.residents(10).unwrap();
        settle(&[&one, &two]);
        Self { site, one, two, people }
    }

    fn settle(&self) {
        settle(&[&self.one, &self.two]);
        all_equal(&[&self.one, &self.two]);
    }

    /// What the district counted of one measure, over all months.
    fn counted(&self, wanted: Measure) -> (i64, i64) {
        let store = self.site.store();
        catch_up(&store).unwrap();
        let figures: Vec<Figure> = store.figures().unwrap();
        let wanted = figures.iter().filter(|figure| figure.measure == wanted);
        wanted.fold((0, 0), |sum, figure| (sum.0 + figure.units, sum.1 + figure.times))
    }
}

fn record(desk: &Desk, people: &[ResidentId]) -> Vec<AwardId> {
    let rule_version = desk.rule().unwrap();
    let row = |(at, resident): (usize, &ResidentId)| AwardDraft {
        resident: *resident,
        to: AwardTo::Resident,
        amount_points: 1 << at,
    };
    let batch = AwardBatch {
        activity: None,
        activity_name: "清洁家园".to_owned(),
        rule_version,
        request: None,
        occurred_on: date(1, 2),
        evidence: Vec::new(),
        rows: people.iter().enumerate().map(row).collect(),
    };
    desk.store.write(desk.clerk, |tx| tx.record_awards(batch)).unwrap().awards
}

fn review(desk: &Desk, awards: &[AwardId], decision: &Review) {
    let draft = |award: &AwardId| ReviewDraft { award: *award, decision: decision.clone() };
    let drafts: Vec<ReviewDraft> = awards.iter().map(draft).collect();
    desk.store.write(desk.clerk, |tx| tx.review_awards(&drafts)).unwrap();
}

#[test]
fn points_are_counted_as_the_towns_count_them() {
    let pair = Pair::open();
    let awards = record(&pair.one, &pair.people);
    pair.settle();
    // offline, both review what overlaps
    review(&pair.one, &awards[..6], &Review::Approve { effective_on: date(2, 1) });
    review(&pair.two, &awards[3..9], &Review::Approve { effective_on: date(3, 1) });
    review(&pair.two, &awards[..2], &Review::SendBack { reason: "没有照片".to_owned() });
    pair.settle();
    for desk in [&pair.one, &pair.two] {
        desk.store.write(desk.clerk, |tx| tx.reverse_award(awards[4], "重复")).unwrap();
    }
    pair.one.store.write(pair.one.clerk, |tx| tx.reverse_award(awards[8], "记错人")).unwrap();
    pair.settle();
    let town = TOWN.parse().unwrap();
    let account = Account::points(Owner::Issuance(town));
    let posted = pair.two.store.read(|reader| reader.transfers_of(account, 1_000, 0)).unwrap();
    let sum = |of_reversals: bool| {
        let of = posted.iter().filter(|row| row.reverses.is_some() == of_reversals);
        of.fold((0, 0), |sum, row| (sum.0 + row.amount_units.abs(), sum.1 + 1))
    };
    assert_eq!(pair.counted(Measure::PointsIssued), sum(false));
    assert_eq!(pair.counted(Measure::PointsReversed), sum(true));
    assert_eq!(sum(true), ((1 << 4) + (1 << 8), 2), "a race leaves one reversal");
    // month by month as well
    let figures = pair.site.store().figures().unwrap();
    for month in 1..=12 {
        let last = date(month, 1).checked_add_months(Months::new(1)).unwrap().pred_opt().unwrap();
        let own = pair.one.store.read(|reader| reader.points_effective_between(date(month, 1), last)).unwrap();
        let of = |wanted: Measure| {
            let month_no = 2026 * 12 + month as i32 - 1;
            let found = figures.iter().find(|figure| figure.measure == wanted && figure.month == month_no);
            found.map_or(0, |figure| figure.units)
        };
        assert_eq!(of(Measure::PointsIssued) - of(Measure::PointsReversed), own, "month {month}");
    }
}

/// An order of an hour and a half, confirmed by both sides.
fn served(pair: &Pair, count: usize) -> Vec<ServiceOrderId> {
    let desk = &pair.one;
    let kind = ServiceTypeDraft {
        service_type: None,
        code: "F01".to_owned(),
        name: "陪同就医".to_owned(),
        coefficient: Coefficient::new(120).unwrap(),
        in_force_from: date(1, 1),
    };
    let (service_type, _) = desk.store.write(desk.clerk, |tx| tx.record_service_type(&kind)).unwrap();
    let order = |beneficiary: &ResidentId| OrderDraft {
        need: None,
        beneficiary: *beneficiary,
        service_type,
        day: date(1, 5),
        start_min: MINUTES_FROM_NINE,
        planned_min: 60,
        payer: Payer::Own,
        place: None,
        note: None,
    };
    let drafts: Vec<OrderDraft> = pair.people[..count].iter().map(order).collect();
    let orders = desk.store.write(desk.clerk, |tx| tx.post_orders(&drafts)).unwrap();
    let steps = vec![
        Step::Take(pair.people[9]),
        Step::SignIn(MINUTES_FROM_NINE),
        Step::SignOut(MINUTES_FROM_NINE + 90),
        Step::Confirm(Side::Volunteer, ConfirmWay::Slip),
        Step::Confirm(Side::Beneficiary, ConfirmWay::Slip),
    ];
    let moves: Vec<OrderMove> =
        orders.iter().map(|order| OrderMove { order: *order, steps: steps.clone(), reason: None }).collect();
    desk.store.write(desk.clerk, |tx| tx.move_orders(&moves)).unwrap();
    orders
}

#[test]
fn minutes_are_counted_as_the_towns_count_them() {
    let pair = Pair::open();
    let orders = served(&pair, 5);
    pair.settle();
    // offline, both credit what overlaps, and one contests what the other credits
    pair.one.store.write(pair.one.clerk, |tx| tx.credit_orders(&orders[..3])).unwrap();
    pair.two.store.write(pair.two.clerk, |tx| tx.credit_orders(&orders[1..4])).unwrap();
    let contested = OrderMove { order: orders[0], steps: vec![Step::Dispute], reason: Some("时间不对".to_owned()) };
    pair.two.store.write(pair.two.clerk, |tx| tx.move_orders(&[contested])).unwrap();
    pair.settle();
    for desk in [&pair.one, &pair.two] {
        desk.store.write(desk.clerk, |tx| tx.reverse_order(orders[2], "重复")).unwrap();
    }
    let gift = |to: Option<ResidentId>, amount_min: u32| GiftDraft {
        giver: pair.people[9],
        to,
        amount_min,
        relation: None,
        note: None,
    };
    let given: Vec<TimeGiftId> = [gift(Some(pair.people[0]), 30), gift(None, 20)]
        .iter()
        .map(|draft| pair.one.store.write(pair.one.clerk, |tx| tx.give_minutes(draft)).unwrap())
        .collect();
    pair.settle();
    for desk in [&pair.one, &pair.two] {
        desk.store.write(desk.clerk, |tx| tx.reverse_gift(given[1], "撤回")).unwrap();
    }
    pair.settle();
    let credited = pair.counted(Measure::MinutesCredited);
    let reversed = pair.counted(Measure::MinutesReversed);
    let own = pair.two.store.read(|reader| reader.minutes_credited_between(date(1, 1), date(12, 31))).unwrap();
    assert_eq!(credited.0 - reversed.0, own as i64);
    assert_eq!((credited.1, reversed.1), (4, 1), "each order once, whoever came first");
    assert_eq!(pair.counted(Measure::MinutesGifted), (30, 1));
    assert_eq!(pair.counted(Measure::MinutesDonated), (20, 1));
    assert_eq!(pair.counted(Measure::GiftsReversed), (20, 1));
}
