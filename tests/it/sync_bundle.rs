//! The exchange by a file on a stick, beside a real district over TLS.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use zhenxin_protocol::body::resident::Field;
use zhenxin_store::{CreateOptions, KdfCost, KeyringPolicy, NewUser, ResidentBatch, ResidentDraft, Store};
use zhenxin_sync::{
    BundleIn, BundleOut, BundleTo, EnrolOrder, SyncError, bundle_export, bundle_import, enrol, sync_once,
};
use zhenxin_testkit::desk::{Desk, VILLAGE};
use zhenxin_testkit::district::code;
use zhenxin_testkit::pc::PASSWORD;

use crate::sync_stage::{Site, all_equal, complete, knows, settle};

/// 澥浦镇, another town of the same district.
const OTHER_TOWN: &str = "330211100";
/// 思源社区.
const OTHER_VILLAGE: &str = "330211101001";

/// An office that reaches the district, and a PC that does not any more.
struct Apart {
    site: Site,
    office: Desk,
    away: Desk,
    stick: TempDir,
}

impl Apart {
    fn with(villages: &[&str]) -> Self {
        let site = Site::start();
        let (office, away) = (Desk::found("综合办 1 号机").unwrap(), Desk::found("九龙湖村").unwrap());
        site.enrol(&office, &[]);
        site.enrol(&away, villages);
        office.residents(2).unwrap();
        settle(&[&office, &away]);
        Self { site, office, away, stick: tempfile::tempdir().unwrap() }
    }

    fn export(&self, desk: &Desk, to: BundleTo, name: &str) -> (PathBuf, BundleOut) {
        let path = self.stick.path().join(name);
        let out = bundle_export(&desk.store, &desk.ports, &path, to, &mut |_| true).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().len(), out.bytes);
        (path, out)
    }
}

fn import(desk: &Desk, path: &Path) -> Result<BundleIn, SyncError> {
    bundle_import(&desk.store, &desk.ports, path, &mut |_| true)
}

fn refused(desk: &Desk, path: &Path) -> String {
    let before = desk.dump().unwrap();
    let error = import(desk, path).unwrap_err();
    assert!(desk.dump().unwrap() == before, "something was taken");
    error.code().to_owned()
}

#[test]
fn a_third_pc_carries_ops_to_the_district_and_the_receipts_back() {
    for villages in [&[][..], &[VILLAGE]] {
        let apart = Apart::with(villages);
        let Apart { office, away, .. } = &apart;
        let residents = away.residents(3).unwrap();
        let (waiting, ..) = away.counts().unwrap();
        let (out, written) = apart.export(away, BundleTo::Everybody, "out.zxb");
        assert_eq!(written.waiting_ops, waiting);
        assert!(written.for_district);
        assert_eq!(written.recipients, ["综合办 1 号机"]);
        let taken = import(office, &out).unwrap();
        assert!(taken.complete);
        assert_eq!((taken.from.as_str(), taken.carried_ops), ("九龙湖村", waiting));
        knows(office, &residents);
        let more = office.residents(2).unwrap();
        complete(office);
        let (back, written) = apart.export(office, BundleTo::Device(away.store.device()), "back.zxb");
        assert_eq!(written.waiting_ops, 0);
        let taken = import(away, &back).unwrap();
        assert_eq!((taken.acknowledged, taken.complete), (waiting, true));
        assert_eq!(away.counts().unwrap().0, 0, "nothing waits any more");
        knows(away, &more);
        // and the network finds nothing left to do
        let report = away.sync().unwrap();
        assert_eq!((report.sent, report.received), (0, 0));
        settle(&[office, away]);
        if villages.is_empty() {
            all_equal(&[office, away]);
        }
    }
}

#[test]
fn two_pcs_without_any_line_exchange_by_a_courier_in_both_directions() {
    let apart = Apart::with(&[]);
    let Apart { office, away, .. } = &apart;
    let third = Desk::found("综合办 2 号机").unwrap();
    apart.site.enrol(&third, &[]);
    settle(&[&third, office, away]);
    // nobody has a line: away → office → third, and back
    let of_away = away.residents(2).unwrap();
    let (path, _) = apart.export(away, BundleTo::Everybody, "1.zxb");
    import(office, &path).unwrap();
    let (path, _) = apart.export(office, BundleTo::Everybody, "2.zxb");
    import(&third, &path).unwrap();
    knows(&third, &of_away);
    let of_third = third.residents(2).unwrap();
    let (path, _) = apart.export(&third, BundleTo::Everybody, "3.zxb");
    import(office, &path).unwrap();
    import(away, &path).unwrap();
    knows(away, &of_third);
    // the one who gets a line first brings everything
    complete(&third);
    settle(&[office, away, &third]);
    all_equal(&[office, away, &third]);
}

#[test]
fn a_cut_bundle_gives_its_beginning_and_sticks_twice_and_backwards_change_nothing_more() {
    let apart = Apart::with(&[]);
    let Apart { office, away, .. } = &apart;
    let mut residents = away.residents(2).unwrap();
    let (first, _) = apart.export(away, BundleTo::Everybody, "1.zxb");
    residents.extend(away.residents(2).unwrap());
    away.changes(&residents, 30).unwrap();
    let (second, _) = apart.export(away, BundleTo::Everybody, "2.zxb");
    let whole = fs::read(&second).unwrap();
    let cut = apart.stick.path().join("cut.zxb");
    let mut beginnings = 0;
    for part in 1..8 {
        fs::write(&cut, &whole[..whole.len() * part / 8]).unwrap();
        match import(office, &cut) {
            Ok(taken) => {
                assert!(!taken.complete, "a cut one is told");
                beginnings += 1;
            }
            // not even the head of the file is there
            Err(error) => assert_eq!(error.code(), "bundle_foreign"),
        }
    }
    assert!(beginnings > 0);
    for path in [&second, &first, &second, &first] {
        assert!(import(office, path).unwrap().complete);
    }
    let taken = import(office, &second).unwrap();
    assert_eq!((taken.new_ops, taken.carried_ops), (0, 0));
    knows(office, &residents);
    complete(office);
    settle(&[away, office]);
    all_equal(&[office, away]);
    let mut damaged = whole;
    let middle = damaged.len() - 40;
    damaged[middle] ^= 1;
    fs::write(&cut, damaged).unwrap();
    assert!(!import(office, &cut).unwrap().complete);
    all_equal(&[office, away]);
}

#[test]
fn what_is_not_for_this_pc_is_refused_before_anything() {
    let apart = Apart::with(&[VILLAGE]);
    let Apart { site, office, away, .. } = &apart;
    away.residents(2).unwrap();
    let (of_away, _) = apart.export(away, BundleTo::Everybody, "away.zxb");
    let elsewhere = [ResidentDraft::new(OTHER_VILLAGE.parse().unwrap()).household_no("1").set(Field::Name, "碶居民")];
    let batch = ResidentBatch { rows: &elsewhere, import: None, progress: None, cancel: None };
    office.store.write(office.clerk, |tx| tx.record_residents(batch)).unwrap();
    complete(office);
    // holds the whole town: a village PC is not among its readers
    let (whole, written) = apart.export(office, BundleTo::Everybody, "whole.zxb");
    assert!(written.recipients.is_empty());
    assert_eq!(refused(away, &whole), "bundle_recipient");
    let picture = apart.stick.path().join("photo.zxb");
    fs::write(&picture, b"\x89PNG\r\n").unwrap();
    assert_eq!(refused(office, &picture), "bundle_foreign");
    let stranger = Desk::found("不认识的电脑").unwrap();
    assert_eq!(refused(&stranger, &of_away), "not_enrolled");
    // a bundle whose head was changed
    let mut forged = fs::read(&of_away).unwrap();
    forged[40] ^= 1;
    fs::write(&picture, forged).unwrap();
    assert!(["bundle_foreign", "bundle_signature", "bundle_town"].contains(&refused(office, &picture).as_str()));
    // the maker was shut out; the office has heard of it
    site.store().revoke(away.store.town(), away.store.device(), 1).unwrap();
    complete(office);
    assert_eq!(refused(office, &of_away), "bundle_revoked");
}

#[test]
fn another_towns_bundle_is_refused() {
    let apart = Apart::with(&[]);
    apart.office.residents(1).unwrap();
    let (path, _) = apart.export(&apart.office, BundleTo::Everybody, "town.zxb");
    let dir = tempfile::tempdir().unwrap();
    let options = CreateOptions {
        town: OTHER_TOWN.parse().unwrap(),
        device_label: "外镇".to_owned(),
        admin: NewUser { name: "李主任".to_owned(), duties: u32::MAX, ..NewUser::default() },
        sign_in_name: "admin".to_owned(),
        password: PASSWORD.to_owned(),
        keyring: KeyringPolicy::Off,
        kdf: KdfCost::WEAK_FOR_TESTS,
    };
    let ports = &apart.office.ports;
    let store = Store::create(dir.path(), options, ports).unwrap().store;
    let order = EnrolOrder {
        url: apart.site.district().url(),
        code: code(apart.site.dir.path(), OTHER_TOWN, &[]).unwrap(),
        ca_pem: Some(apart.site.ca_pem()),
        label: String::new(),
    };
    enrol(&store, &order).unwrap();
    assert!(sync_once(&store, ports).unwrap().complete());
    let error = bundle_import(&store, ports, &path, &mut |_| true).unwrap_err();
    assert_eq!(error.code(), "bundle_town");
}

#[test]
fn an_export_taken_back_leaves_no_file() {
    let apart = Apart::with(&[]);
    let path = apart.stick.path().join("gone.zxb");
    let error =
        bundle_export(&apart.away.store, &apart.away.ports, &path, BundleTo::Everybody, &mut |_| false).unwrap_err();
    assert_eq!(error.code(), "cancelled");
    assert_eq!(fs::read_dir(apart.stick.path()).unwrap().count(), 0);
}
