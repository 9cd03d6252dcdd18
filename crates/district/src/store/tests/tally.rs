//! Counting: the same figures whatever the steps, once for each op, and again after damage.

use std::sync::Barrier;

use zhenxin_domain::ids::{
    ActivityId, AwardId, ResidentId, RuleVersionId, ServiceOrderId, ServiceTypeId, TimeGiftId, TransferId,
};
use zhenxin_protocol::body::Body;
use zhenxin_protocol::body::award::{
    AwardRecorded, AwardReversed, AwardReviewed, AwardRow, Decision, ExpectedState, ReviewRow, SUBJECT_RESIDENT,
};
use zhenxin_protocol::body::timebank::{
    CreditRow, GiftGiven, GiftReversed, OrderMoveRow, OrderReversed, OrderRow, OrdersCredited, OrdersMoved,
    OrdersPosted, PayerCode, Seen, SideCode, StepCode, TakenBy, WayCode,
};
use zhenxin_protocol::seal::Sealed;

use super::cuts::{cut_everywhere, lay_fuses};
use super::{Bench, stories};
use crate::console::counting::catch_up;
use crate::console::words::month_of;
use crate::fixture::{Author, OTHER_VILLAGE, TOWN, VILLAGE};
use crate::store::console::tally::{Counted, Figure, Measure, OPS_MAX, next_ops, write};

stories! {
    points_count_from_the_first_review_and_one_reversal
    minutes_count_as_the_order_allows
    gifts_count_once
    counting_in_any_steps_gives_the_same
    two_programs_at_once_count_nothing_twice
    a_run_that_another_program_overtook_counts_nothing
    fault_01_a_run_is_counted_whole_or_not_at_all
    a_damaged_figure_is_counted_again
    a_damaged_op_holds_its_scope_back_and_no_other
    another_programs_counting_is_thrown_away
}

/// A day in June 2025.
const DAY: i32 = 20_240;
const NEXT_MONTH: i32 = DAY + 30;

fn id(number: u8) -> [u8; 16] {
    [number; 16]
}

/// Writes an op with this body.
fn says(author: &mut Author, scope: &str, day: i32, body: &Body) -> Vec<u8> {
    author.op_with(scope, |op| {
        op.kind = body.kind().to_owned();
        op.kind_version = body.version();
        op.body = body.encode();
        op.occurred_on = day;
    })
}

fn recorded(awards: &[u8], points: u32) -> Body {
    let row = |award: &u8| AwardRow {
        award: AwardId::from_bytes(id(*award)),
        subject: SUBJECT_RESIDENT,
        resident: ResidentId::from_bytes(id(90)),
        household: None,
        amount_points: points,
    };
    Body::AwardRecorded(AwardRecorded {
        activity: ActivityId::from_bytes(id(80)),
        activity_name: None,
        rule_version: RuleVersionId::from_bytes(id(81)),
        request: None,
        evidence: Vec::new(),
        rows: awards.iter().map(row).collect(),
    })
}

fn reviewed(award: u8, expected: ExpectedState, approve: Option<(u8, i32)>) -> Body {
    let sealed = Sealed { alg: "xc20p".into(), nonce: [0; 24], bytes: vec![0; 17] };
    Body::AwardReviewed(AwardReviewed {
        rows: vec![ReviewRow {
            award: AwardId::from_bytes(id(award)),
            expected,
            decision: if approve.is_some() { Decision::Approve } else { Decision::SendBack },
            resident: ResidentId::from_bytes(id(90)),
            reason: approve.is_none().then_some(sealed),
            effective_on: approve.map(|(_, day)| day),
            transfer: approve.map(|(transfer, _)| TransferId::from_bytes(id(transfer))),
        }],
    })
}

fn reversed(award: u8, transfer: u8) -> Body {
    Body::AwardReversed(AwardReversed {
        award: AwardId::from_bytes(id(award)),
        transfer: TransferId::from_bytes(id(transfer)),
        resident: ResidentId::from_bytes(id(90)),
        reason: None,
    })
}

/// A bench with a device, and what it says in a village.
struct Town {
    bench: Bench,
    author: Author,
}

impl Town {
    fn new(bench: Bench) -> Self {
        let author = Author::new(1);
        bench.enrolled(&author, &[]);
        Self { bench, author }
    }

    fn say(&mut self, scope: &str, day: i32, bodies: &[Body]) {
        let ops: Vec<Vec<u8>> = bodies.iter().map(|body| says(&mut self.author, scope, day, body)).collect();
        let outcomes = self.bench.push(&self.author, &ops);
        assert!(outcomes.iter().all(|outcome| format!("{outcome:?}").starts_with("Accepted")), "{outcomes:?}");
    }

    /// Everything counted: month, units and how often, by measure.
    fn figures(&self) -> Vec<(Measure, i32, i64, i64)> {
        catch_up(&self.bench.store).unwrap();
        assert!(self.bench.store.tally_behind().unwrap().is_empty());
        short(self.bench.store.figures().unwrap())
    }
}

fn short(figures: Vec<Figure>) -> Vec<(Measure, i32, i64, i64)> {
    assert!(figures.iter().all(|figure| figure.town == TOWN));
    let mut short: Vec<_> =
        figures.into_iter().map(|figure| (figure.measure, figure.month, figure.units, figure.times)).collect();
    short.sort_unstable();
    short
}

fn points_count_from_the_first_review_and_one_reversal(bench: Bench) {
    let mut town = Town::new(bench);
    town.say(VILLAGE, DAY, &[recorded(&[1, 2, 3, 4], 5), recorded(&[1], 50)]);
    town.say(
        VILLAGE,
        DAY,
        &[
            reviewed(1, ExpectedState::Submitted, Some((11, NEXT_MONTH))),
            // the second review of the same award loses, whatever it says
            reviewed(1, ExpectedState::Submitted, Some((12, DAY))),
            reviewed(2, ExpectedState::Submitted, None),
            reviewed(2, ExpectedState::Submitted, Some((13, DAY))),
            reviewed(2, ExpectedState::SentBack, Some((14, DAY))),
            // a transfer that another award has posted
            reviewed(3, ExpectedState::Submitted, Some((11, DAY))),
            // an award of nobody
            reviewed(9, ExpectedState::Submitted, Some((15, DAY))),
            // reversed before it was approved
            reversed(4, 16),
        ],
    );
    // the award of another scope is not seen from here
    town.say(OTHER_VILLAGE, DAY, &[reversed(1, 17)]);
    assert_eq!(
        town.figures(),
        [(Measure::PointsIssued, month_of(DAY), 5, 1), (Measure::PointsIssued, month_of(NEXT_MONTH), 5, 1),]
    );
    // a reversal counts not before what it takes back, and once
    town.say(VILLAGE, DAY, &[reversed(1, 18), reversed(1, 19)]);
    town.say(VILLAGE, NEXT_MONTH, &[reversed(2, 20)]);
    assert_eq!(town.figures()[2..], [(Measure::PointsReversed, month_of(NEXT_MONTH), 10, 2)]);
}

fn order(number: u8) -> ServiceOrderId {
    ServiceOrderId::from_bytes(id(number))
}

fn posted(numbers: &[u8]) -> Body {
    let row = |number: &u8| OrderRow {
        order: order(*number),
        need: None,
        beneficiary: ResidentId::from_bytes(id(90)),
        service_type: ServiceTypeId::from_bytes(id(82)),
        day: DAY,
        start_min: 540,
        planned_min: 60,
        payer: PayerCode::Own,
        place: None,
        note: None,
    };
    Body::OrdersPosted(OrdersPosted { rows: numbers.iter().map(row).collect() })
}

fn moved(number: u8, seen: Seen, steps: Vec<StepCode>) -> Body {
    let beneficiary = ResidentId::from_bytes(id(90));
    Body::OrdersMoved(OrdersMoved {
        rows: vec![OrderMoveRow { order: order(number), beneficiary, steps, reason: None, seen }],
    })
}

fn credited(number: u8, percent: u32, seen: Seen) -> Body {
    Body::OrdersCredited(OrdersCredited {
        rows: vec![CreditRow { order: order(number), coefficient_percent: percent, service_version: 1, seen }],
    })
}

fn order_reversed(number: u8) -> Body {
    Body::OrderReversed(OrderReversed {
        order: order(number),
        beneficiary: ResidentId::from_bytes(id(90)),
        reason: None,
    })
}

/// 09:00 to 10:30 by volunteer 91, confirmed by both on paper.
fn served() -> Vec<StepCode> {
    vec![
        StepCode::Take(TakenBy { volunteer: ResidentId::from_bytes(id(91)) }),
        StepCode::SignIn { at_min: 540 },
        StepCode::SignOut { at_min: 630 },
        StepCode::Confirm { side: SideCode::Volunteer, way: WayCode::Slip },
        StepCode::Confirm { side: SideCode::Beneficiary, way: WayCode::Slip },
    ]
}

fn as_served() -> Seen {
    Seen { volunteer: Some(ResidentId::from_bytes(id(91))), signed_in_min: Some(540), signed_out_min: Some(630) }
}

fn minutes_count_as_the_order_allows(bench: Bench) {
    let mut town = Town::new(bench);
    let nothing = Seen::default();
    town.say(VILLAGE, DAY, &[posted(&[1, 2, 3]), moved(1, nothing, served()), moved(2, nothing, served())]);
    town.say(
        VILLAGE,
        NEXT_MONTH,
        &[
            // credited against what nobody served: lost
            credited(1, 200, Seen { signed_out_min: Some(640), ..as_served() }),
            credited(1, 120, as_served()),
            credited(1, 120, as_served()),
            // never served
            credited(3, 100, nothing),
            order_reversed(2),
            // one step of several is not allowed: none is made
            moved(
                3,
                nothing,
                vec![
                    StepCode::Take(TakenBy { volunteer: ResidentId::from_bytes(id(91)) }),
                    StepCode::SignOut { at_min: 3 },
                ],
            ),
            moved(3, nothing, vec![StepCode::Cancel]),
            credited(2, 100, as_served()),
        ],
    );
    let month = month_of(NEXT_MONTH);
    // 90 minutes at 120 percent, and 90
    assert_eq!(town.figures(), [(Measure::MinutesCredited, month, 198, 2)]);
    // the reversal's own day is earlier: it counts not before the credit
    town.say(VILLAGE, DAY, &[order_reversed(1), order_reversed(1)]);
    assert_eq!(town.figures(), [(Measure::MinutesCredited, month, 198, 2), (Measure::MinutesReversed, month, 108, 1)]);
}

fn gift(number: u8, to: Option<u8>, amount_min: u32) -> Body {
    Body::GiftGiven(GiftGiven {
        gift: TimeGiftId::from_bytes(id(number)),
        giver: ResidentId::from_bytes(id(90)),
        to: to.map(|to| ResidentId::from_bytes(id(to))),
        amount_min,
        relation: None,
        note: None,
    })
}

fn gift_reversed(number: u8) -> Body {
    Body::GiftReversed(GiftReversed {
        gift: TimeGiftId::from_bytes(id(number)),
        giver: ResidentId::from_bytes(id(90)),
        reason: None,
    })
}

fn gifts_count_once(bench: Bench) {
    let mut town = Town::new(bench);
    town.say(
        VILLAGE,
        DAY,
        &[gift(1, Some(91), 30), gift(1, Some(92), 99), gift(2, None, 20), gift(3, Some(90), 7), gift_reversed(4)],
    );
    town.say(VILLAGE, NEXT_MONTH, &[gift_reversed(2), gift_reversed(2)]);
    town.say(OTHER_VILLAGE, NEXT_MONTH, &[gift_reversed(1)]);
    assert_eq!(
        town.figures(),
        [
            (Measure::MinutesGifted, month_of(DAY), 30, 1),
            (Measure::MinutesDonated, month_of(DAY), 20, 1),
            (Measure::GiftsReversed, month_of(NEXT_MONTH), 20, 1),
        ]
    );
}

/// More ops than one run takes, in two scopes, with everything that counts among them.
fn busy(bench: Bench) -> Town {
    let mut town = Town::new(bench);
    for scope in [VILLAGE, OTHER_VILLAGE] {
        let shift = if scope == VILLAGE { 0 } else { 40 };
        let mut bodies = vec![recorded(&[1 + shift, 2 + shift], 3)];
        bodies.resize(OPS_MAX - 1, gift(60 + shift / 40, None, 1));
        bodies.push(reviewed(1 + shift, ExpectedState::Submitted, Some((11 + shift, DAY))));
        bodies.push(reviewed(2 + shift, ExpectedState::Submitted, Some((12 + shift, DAY))));
        bodies.push(reversed(1 + shift, 13 + shift));
        for some in bodies.chunks(200) {
            town.say(scope, DAY, some);
        }
    }
    town
}

const BUSY: [(Measure, i64, i64); 3] =
    [(Measure::PointsIssued, 12, 4), (Measure::PointsReversed, 6, 2), (Measure::MinutesDonated, 2, 2)];

fn counting_in_any_steps_gives_the_same(bench: Bench) {
    let mut town = busy(bench);
    town.bench.store.tally_prepare().unwrap();
    let beside = town.bench.beside();
    // two programs count the same scope in turn; each step is whole or not there
    let mut steps = 0;
    while let Some(behind) = town.bench.store.tally_behind().unwrap().first() {
        let store = if steps % 2 == 0 { &town.bench.store } else { &beside };
        assert!(matches!(store.tally(&behind.town, &behind.scope).unwrap(), Counted::Ops(_)));
        steps += 1;
        assert!(steps < 20, "counting does not end");
    }
    assert!(steps >= 4, "the runs are shorter than the log");
    let expected = BUSY.map(|(measure, units, times)| (measure, month_of(DAY), units, times));
    assert_eq!(town.figures(), expected);
    // a step that finds nothing new adds nothing, and the next op counts alone
    assert_eq!(town.bench.store.tally(TOWN, VILLAGE).unwrap(), Counted::Stuck);
    town.say(VILLAGE, DAY, &[gift(99, None, 5)]);
    assert_eq!(town.figures()[2], (Measure::MinutesDonated, month_of(DAY), 7, 3));
}

fn two_programs_at_once_count_nothing_twice(bench: Bench) {
    let town = busy(bench);
    town.bench.store.tally_prepare().unwrap();
    let beside = town.bench.beside();
    let both = Barrier::new(2);
    std::thread::scope(|scope| {
        for store in [&town.bench.store, &beside] {
            scope.spawn(|| {
                // each begins its run from the same place as the other
                for _ in 0..3 {
                    for scope in [VILLAGE, OTHER_VILLAGE] {
                        both.wait();
                        store.tally(TOWN, scope).unwrap();
                    }
                }
            });
        }
    });
    let expected = BUSY.map(|(measure, units, times)| (measure, month_of(DAY), units, times));
    assert_eq!(town.figures(), expected);
}

fn a_run_that_another_program_overtook_counts_nothing(bench: Bench) {
    let town = busy(bench);
    let store = &town.bench.store;
    store.tally_prepare().unwrap();
    // it has read its run and writes it when the other one is through
    let run = store.read(|tx| next_ops(tx, TOWN, VILLAGE, 0)).unwrap();
    let figures = town.figures();
    store.write(|tx| write(tx, TOWN, VILLAGE, 0, &run)).unwrap();
    assert_eq!(store.tally_behind().unwrap(), [], "the cursor stays where the other one set it");
    assert_eq!(short(store.figures().unwrap()), figures);
}

fn fault_01_a_run_is_counted_whole_or_not_at_all(bench: Bench) {
    let mut town = Town::new(bench);
    town.say(VILLAGE, DAY, &[recorded(&[1, 2], 5), posted(&[3]), gift(4, None, 20)]);
    town.say(VILLAGE, DAY, &[reviewed(1, ExpectedState::Submitted, Some((11, DAY))), gift_reversed(4)]);
    town.bench.store.tally_prepare().unwrap();
    lay_fuses(&town.bench);
    assert!(cut_everywhere(&town.bench, || town.bench.store.tally(TOWN, VILLAGE)) > 5);
    let month = month_of(DAY);
    let expected = [
        (Measure::PointsIssued, month, 5, 1),
        (Measure::MinutesDonated, month, 20, 1),
        (Measure::GiftsReversed, month, 20, 1),
    ];
    assert_eq!(town.figures(), expected);
}

fn a_damaged_figure_is_counted_again(bench: Bench) {
    let town = busy(bench);
    let sound = town.figures();
    let store = &town.bench.store;
    let damages = [
        "UPDATE tally_month SET units = units + 1",
        "UPDATE tally_cursor SET server_seq = server_seq + 1000 WHERE scope <> 'format'",
    ];
    for sql in damages {
        town.bench.meddle(sql, &[]);
        // whoever reads first finds it
        store.figures().unwrap();
        store.tally_behind().unwrap();
        assert_eq!(town.figures(), sound, "{sql}");
    }
    // what is read only while counting goes on
    let mut town = town;
    town.bench.meddle("UPDATE tally_award SET state = 0", &[]);
    town.say(VILLAGE, DAY, &[reversed(1, 50)]);
    assert_eq!(town.figures(), sound);
}

fn a_damaged_op_holds_its_scope_back_and_no_other(bench: Bench) {
    let mut town = Town::new(bench);
    town.say(VILLAGE, DAY, &[gift(1, None, 10), gift(2, None, 20), gift(3, None, 40)]);
    town.say(OTHER_VILLAGE, DAY, &[gift(4, None, 80)]);
    let sound = town
        .bench
        .store
        .read(|tx| {
            let mut row =
                tx.first("SELECT bytes FROM op WHERE scope = $1 AND server_seq = 2", &[VILLAGE.into()])?.unwrap();
            row.blob()
        })
        .unwrap();
    let set = "UPDATE op SET bytes = $1 WHERE scope = $2 AND server_seq = 2";
    let mut broken = sound.clone();
    broken[40] ^= 1;
    town.bench.meddle(set, &[broken.into(), VILLAGE.into()]);
    catch_up(&town.bench.store).unwrap();
    let behind = town.bench.store.tally_behind().unwrap();
    assert_eq!(behind.iter().map(|behind| (behind.scope.as_str(), behind.ops)).collect::<Vec<_>>(), [(VILLAGE, 2)]);
    assert_eq!(short(town.bench.store.figures().unwrap()), [(Measure::MinutesDonated, month_of(DAY), 90, 2)]);
    town.bench.meddle(set, &[sound.into(), VILLAGE.into()]);
    assert_eq!(town.figures(), [(Measure::MinutesDonated, month_of(DAY), 150, 4)]);
}

fn another_programs_counting_is_thrown_away(bench: Bench) {
    let town = busy(bench);
    let sound = town.figures();
    town.bench
        .store
        .write(|tx| {
            let older = vec!["".into(), "format".into(), 0_i64.into()];
            tx.put(&crate::store::tables::console::TALLY_CURSOR, older)?;
            let wrong = vec![TOWN.into(), 0_i64.into(), "points_issued".into(), 5_i64.into(), 1_i64.into()];
            tx.put(&crate::store::tables::console::TALLY_MONTH, wrong)
        })
        .unwrap();
    assert_ne!(short(town.bench.store.figures().unwrap()), sound);
    assert_eq!(town.figures(), sound);
}
