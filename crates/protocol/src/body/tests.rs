#![allow(clippy::unwrap_used)]
use std::collections::BTreeMap;

use proptest::prelude::*;
use zhenxin_domain::ids::{ActivityId, AwardId, HouseholdId, ImportId, OpId, ResidentId, RuleVersionId, TransferId};

use super::award::{
    AwardRecorded, AwardReviewed, AwardRow, Decision, ExpectedState, ReviewRow, SUBJECT_HOUSEHOLD, SUBJECT_RESIDENT,
};
use super::resident::{Field, ResidentPatch, ResidentsRecorded};
use super::settle::{DeficitWaived, IssueSettled, LedgerCode, OwnerCode, SPENDS_MAX, Spend, WaivedOwner};
use super::timebank::GiftReversed;
use super::*;
use crate::seal::Sealed;

fn sealed(byte: u8, len: usize) -> Sealed {
    Sealed { alg: "xc20p".into(), nonce: [byte; 24], bytes: vec![byte; len] }
}

fn patch(byte: u8) -> ResidentPatch {
    ResidentPatch {
        resident: ResidentId::from_bytes([byte; 16]),
        village: Some("330211101200".parse().unwrap()),
        household_no: Some("12".to_owned()),
        fields: BTreeMap::from([(Field::Name as u8, Some(sealed(byte, 25))), (Field::Phone as u8, None)]),
        base: BTreeMap::from([(Field::Phone as u8, OpId::from_bytes([9; 16]))]),
    }
}

fn award(subject: u8, household: Option<HouseholdId>, amount_points: u32) -> AwardRow {
    AwardRow {
        award: AwardId::from_bytes([1; 16]),
        subject,
        resident: ResidentId::from_bytes([2; 16]),
        household,
        amount_points,
    }
}

fn recorded(rows: Vec<AwardRow>) -> Body {
    Body::AwardRecorded(AwardRecorded {
        activity: ActivityId::from_bytes([3; 16]),
        activity_name: Some(sealed(3, 30)),
        rule_version: RuleVersionId::from_bytes([4; 16]),
        request: None,
        evidence: Vec::new(),
        rows,
    })
}

fn decode(body: &Body) -> Result<Option<Body>, BodyFault> {
    Body::decode(body.kind(), body.version(), &body.encode())
}

#[test]
fn every_kind_has_its_own_name() {
    let mut kinds: Vec<_> = Body::KINDS.iter().map(|(kind, _)| kind).collect();
    kinds.dedup();
    assert_eq!(kinds.len(), Body::KINDS.len());
}

#[test]
fn a_cleared_field_is_not_an_untouched_one() {
    let body = Body::ResidentsRecorded(ResidentsRecorded { import: None, source: None, rows: vec![patch(1)] });
    let Ok(Some(Body::ResidentsRecorded(read))) = decode(&body) else { panic!("does not read back") };
    assert_eq!(read.rows[0].fields.get(&(Field::Phone as u8)), Some(&None));
    assert_eq!(read.rows[0].fields.get(&(Field::Grid as u8)), None);
    assert_eq!(Body::ResidentsRecorded(read), body);
}

#[test]
fn points_below_one_or_beyond_reason_are_refused() {
    for amount_points in [0, 1_000_001, u32::MAX] {
        let body = recorded(vec![award(SUBJECT_RESIDENT, None, amount_points)]);
        assert_eq!(decode(&body), Err(BodyFault::Amount));
    }
    assert!(decode(&recorded(vec![award(SUBJECT_RESIDENT, None, 1)])).is_ok());
}

#[test]
fn points_for_a_household_name_the_household() {
    assert_eq!(decode(&recorded(vec![award(SUBJECT_HOUSEHOLD, None, 5)])), Err(BodyFault::Shape));
    assert_eq!(decode(&recorded(vec![award(7, None, 5)])), Err(BodyFault::Shape));
    let household = Some(HouseholdId::from_bytes([5; 16]));
    assert!(decode(&recorded(vec![award(SUBJECT_HOUSEHOLD, household, 5)])).is_ok());
}

#[test]
fn rows_are_limited() {
    assert_eq!(decode(&recorded(Vec::new())), Err(BodyFault::Rows));
    let rows = vec![award(SUBJECT_RESIDENT, None, 1); ROWS_MAX + 1];
    assert_eq!(decode(&recorded(rows)), Err(BodyFault::Rows));
}

#[test]
fn a_decision_is_complete() {
    let row = |decision, effective_on, transfer, reason| ReviewRow {
        award: AwardId::from_bytes([1; 16]),
        expected: ExpectedState::Submitted,
        decision,
        resident: ResidentId::from_bytes([2; 16]),
        reason,
        effective_on,
        transfer,
    };
    let transfer = Some(TransferId::from_bytes([6; 16]));
    for (row, sound) in [
        (row(Decision::Approve, Some(1), transfer, None), true),
        (row(Decision::Approve, None, transfer, None), false),
        (row(Decision::Approve, Some(1), None, None), false),
        (row(Decision::SendBack, None, None, Some(sealed(1, 20))), true),
        (row(Decision::SendBack, None, None, None), false),
    ] {
        assert_eq!(decode(&Body::AwardReviewed(AwardReviewed { rows: vec![row] })).is_ok(), sound);
    }
}

#[test]
fn what_spans_scopes_is_an_entity_in_each() {
    let body = recorded(vec![award(SUBJECT_RESIDENT, None, 1)]);
    let at = |scope: &str| {
        let scope = scope.parse().unwrap();
        body.entities(OpId::from_bytes([7; 16]), DeviceId::from_bytes([8; 16]), scope)
    };
    let (here, there) = (at("330211101200"), at("330211101201"));
    assert_eq!(here.len(), 2);
    assert_eq!(here.iter().filter(|entity| there.contains(entity)).count(), 1);
}

#[test]
fn a_body_with_something_behind_it_is_refused() {
    let mut bytes = recorded(vec![award(SUBJECT_RESIDENT, None, 1)]).encode();
    bytes.push(0);
    assert_eq!(Body::decode("award.recorded", 1, &bytes), Err(BodyFault::Shape));
}

fn settled(reason: Option<Sealed>, subject: Option<[u8; 16]>) -> IssueSettled {
    IssueSettled {
        kind: "field".to_owned(),
        about: [1; 17].into(),
        op: None,
        what: Some("phone".to_owned()),
        decision: "keep".to_owned(),
        reason,
        subject: subject.map(Into::into),
    }
}

#[test]
fn a_waiver_meets_whoever_takes_a_spend_of_the_account_back() {
    let gift = Entity::new(EntityKind::TimeGift, [7; 16]);
    let owner = ResidentId::from_bytes([5; 16]);
    let waived = |amount_units, spends: usize| {
        Body::DeficitWaived(DeficitWaived {
            ledger: LedgerCode::Minutes,
            owner: WaivedOwner { kind: OwnerCode::Resident, id: (*owner.as_bytes()).into() },
            amount_units: 60,
            reason: None,
            subject: None,
            spend: OpId::from_bytes([9; 16]),
            spends: vec![Spend { source: gift.to_bytes().into(), amount_units }; spends],
        })
    };
    let reasoned = |body: Body| match body {
        Body::DeficitWaived(body) => {
            Body::DeficitWaived(DeficitWaived { reason: Some(sealed(1, 20)), subject: Some([5; 16].into()), ..body })
        }
        other => other,
    };
    for (amount, spends, sound) in [(1, 0, true), (60, SPENDS_MAX, true), (0, 1, false), (60, SPENDS_MAX + 1, false)] {
        assert_eq!(decode(&reasoned(waived(amount, spends))).is_ok(), sound, "{amount} {spends}");
    }
    let (op, device) = (OpId::from_bytes([1; 16]), DeviceId::from_bytes([2; 16]));
    let scope = "330211101200".parse().unwrap();
    let gift = zhenxin_domain::ids::TimeGiftId::from_bytes(gift.id);
    let reversed = |giver| Body::GiftReversed(GiftReversed { gift, giver, reason: None }).entities(op, device, scope);
    let met = waived(60, 1).entities(op, device, scope);
    assert!(reversed(owner).iter().any(|entity| met.contains(entity)));
    assert!(!reversed(ResidentId::from_bytes([6; 16])).iter().any(|entity| met.contains(entity)));
}

#[test]
fn a_reason_names_whose_key_seals_it() {
    for (reason, subject, sound) in [
        (None, None, true),
        (Some(sealed(1, 20)), Some([2; 16]), true),
        (Some(sealed(1, 20)), None, false),
        (None, Some([2; 16]), false),
    ] {
        assert_eq!(decode(&Body::IssueSettled(settled(reason, subject))).is_ok(), sound);
    }
}

#[test]
fn two_devices_that_settle_one_thing_meet_in_one_entity() {
    let (here, there) = ("330211101200".parse().unwrap(), "330211101201".parse().unwrap());
    let one = settled(None, None);
    let other = IssueSettled { decision: "take".to_owned(), ..settled(Some(sealed(1, 20)), Some([2; 16])) };
    assert_eq!(one.issue(here), other.issue(here));
    assert_ne!(one.issue(here), one.issue(there));
    for other in [
        IssueSettled { kind: "award".to_owned(), ..one.clone() },
        IssueSettled { about: [2; 17].into(), ..one.clone() },
        IssueSettled { op: Some(OpId::from_bytes([3; 16])), ..one.clone() },
        IssueSettled { what: None, ..one.clone() },
    ] {
        assert_ne!(other.issue(here), one.issue(here));
    }
}

proptest! {
    #[test]
    fn residents_read_back_as_they_were_written(
        bytes in proptest::collection::vec(any::<u8>(), 1..20), import: Option<[u8; 16]>,
    ) {
        let rows = bytes.iter().map(|byte| patch(*byte)).collect();
        let import = import.map(ImportId::from_bytes);
        let body = Body::ResidentsRecorded(ResidentsRecorded { import, source: Some(sealed(1, 40)), rows });
        let read = decode(&body).unwrap().unwrap();
        prop_assert_eq!(read.encode(), body.encode());
        prop_assert_eq!(read, body);
    }

    #[test]
    fn no_bytes_make_reading_panic(kind in 0..Body::KINDS.len(), bytes: Vec<u8>) {
        let (kind, version) = Body::KINDS[kind];
        let _ = Body::decode(kind, version, &bytes);
    }
}
