#![allow(clippy::unwrap_used)]
use std::sync::Arc;

use zhenxin_protocol::body::resident::Field;
use zhenxin_store::{
    CreateOptions, Created, KdfCost, KeyringPolicy, NewUser, Ports, ResidentBatch, ResidentDraft, Store,
};

use super::*;
use crate::{SystemClock, SystemIds};

const VILLAGE: &str = "330211101200";

fn own(resident: Option<ResidentId>, household: Option<HouseholdId>) -> Own {
    let [user, second] = [1, 2].map(|n| UserId::from_bytes([n; 16]));
    Own { user, resident, household, sign_ins: vec![user, second] }
}

#[test]
fn two_sign_ins_of_one_person_are_one_maker() {
    let own = own(None, None);
    let [first, second, other] = [1, 2, 3].map(|n| UserId::from_bytes([n; 16]));
    assert!(own.same_person(first) && own.same_person(second) && !own.same_person(other));
    assert_eq!([first, second, other].map(|user| own.maker(user)), [first, first, other]);
}

#[test]
fn oneself_and_the_own_household_are_no_strangers() {
    let dir = tempfile::tempdir().unwrap();
    let options = CreateOptions {
        town: "330211101".parse().unwrap(),
        device_label: "综合办 1 号机".to_owned(),
        admin: NewUser { name: "王经办".to_owned(), duties: 0b1111, ..NewUser::default() },
        sign_in_name: "wang".to_owned(),
        password: "correct horse 7".to_owned(),
        keyring: KeyringPolicy::Off,
        kdf: KdfCost::WEAK_FOR_TESTS,
    };
    let ports = Ports { clock: Arc::new(SystemClock), ids: Arc::new(SystemIds::default()) };
    let Created { store, admin, .. } = Store::create(dir.path(), options, &ports).unwrap();
    let rows = [("甲", "1"), ("乙", "1"), ("丙", "2")].map(|(name, household)| {
        ResidentDraft::new(VILLAGE.parse().unwrap()).household_no(household).set(Field::Name, name)
    });
    let batch = ResidentBatch { rows: &rows, ..Default::default() };
    let ids = store.write(admin, |tx| tx.record_residents(batch)).unwrap().residents;
    store
        .read(|reader| {
            let household = reader.resident(ids[0])?.and_then(|row| row.household);
            assert!(household.is_some());
            let concerned = |own: &Own| {
                [0, 1, 2].map(|at| own.concerns_resident(reader, ids[at]).map_err(|fault| fault.message).unwrap())
            };
            let mine = own(Some(ids[0]), household);
            assert_eq!(concerned(&mine), [true, true, false]);
            assert_eq!([0, 1, 2].map(|at| mine.is_person(ids[at])), [true, false, false]);
            assert_eq!(concerned(&own(Some(ids[0]), None)), [true, false, false], "without a household");
            assert_eq!(concerned(&own(None, None)), [false; 3], "a user who is on no roster");
            Ok::<_, zhenxin_store::StoreError>(())
        })
        .unwrap();
}
