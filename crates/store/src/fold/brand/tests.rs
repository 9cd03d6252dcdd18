#![allow(clippy::unwrap_used)]
use zhenxin_domain::brand::{BrandStep, MilestoneState};
use zhenxin_domain::decimal::Decimal;
use zhenxin_domain::ids::BrandId;

use crate::proving::{Desk, Orderer, day};
use crate::{
    BrandDossier, BrandDraft, BrandTextsDraft, EvidenceDraft, FileDraft, IndicatorDraft, MilestoneDraft, PartnerDraft,
    ReadingDraft, StoreError,
};

fn two_desks(seed: u64) -> (Desk, Desk, Orderer) {
    let (a, b) = (Desk::new(seed), Desk::new(seed + 1));
    Orderer::introduce(&[&a, &b]);
    (a, b, Orderer::default())
}

fn dossier(desk: &Desk, brand: BrandId) -> BrandDossier {
    desk.store.read(|r| r.brand_dossier(brand)).unwrap().unwrap()
}

fn change(brand: BrandId) -> BrandDraft {
    BrandDraft { brand: Some(brand), ..Default::default() }
}

fn races(desk: &Desk) -> Vec<String> {
    desk.store.read(|r| r.races()).unwrap().into_iter().map(|race| race.what).collect()
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn decimal(text: &str) -> Decimal {
    Decimal::parse(text).unwrap()
}

fn photo(bytes: &[u8], caption: &str) -> FileDraft {
    FileDraft {
        file: EvidenceDraft { mime: "image/jpeg".to_owned(), bytes: bytes.to_vec() },
        caption: Some(caption.to_owned()),
    }
}

fn same_after_replay(desks: &[&Desk]) {
    let dump = desks[0].store.dump().unwrap();
    for desk in desks {
        assert!(desk.store.dump().unwrap() == dump, "two desks differ");
        assert_eq!(desk.store.verify(None).unwrap().faults, Vec::<String>::new());
    }
}

#[test]
fn a_dossier_reads_as_it_was_written() {
    let desk = Desk::new(501);
    let texts = BrandTextsDraft {
        name: text("诚信渔港"),
        slogan: text("一诺千金"),
        domain: text("渔业"),
        owner_unit: text("社会事务办"),
        story: text("从一张欠条说起。"),
        objectives: Some(vec!["零拖欠".to_owned(), "零投诉".to_owned()]),
    };
    let new = BrandDraft {
        texts,
        mark: Some(EvidenceDraft { mime: "image/png".to_owned(), bytes: b"mark".to_vec() }),
        milestones: vec![
            MilestoneDraft { title: text("挂牌"), due_on: Some(day("2026-06-30")), ..Default::default() },
            MilestoneDraft {
                title: text("启动会"),
                due_on: Some(day("2026-02-01")),
                state: Some(MilestoneState::Done),
                done_on: Some(day("2026-01-20")),
                ..Default::default()
            },
        ],
        indicators: vec![IndicatorDraft {
            name: text("履约率"),
            unit: text("%"),
            baseline: Some(decimal("91.5")),
            target: Some(decimal("98")),
            ..Default::default()
        }],
        partners: vec![PartnerDraft { name: text("农商行"), role: text("授信"), ..Default::default() }],
        files: vec![photo(b"one", "签约"), photo(b"two", "签约")],
        ..Default::default()
    };
    let saved = desk.write(|tx| tx.record_brand(&new));
    for (on, value) in [("2026-02-01", "92"), ("2026-01-01", "91.5"), ("2026-02-01", "92.25")] {
        let reading = ReadingDraft { indicator: saved.indicators[0], on: day(on), value: decimal(value) };
        desk.write(|tx| tx.record_brand(&BrandDraft { readings: vec![reading], ..change(saved.brand) }));
    }
    let found = dossier(&desk, saved.brand);
    assert_eq!(found.brand.name.as_deref(), Some("诚信渔港"));
    assert_eq!(found.brand.objectives, ["零拖欠", "零投诉"]);
    assert_eq!((found.brand.milestones, found.brand.milestones_done), (2, 1));
    let milestones: Vec<_> = found.milestones.iter().map(|row| (row.id, row.done_on)).collect();
    assert_eq!(milestones, [(saved.milestones[1], Some(day("2026-01-20"))), (saved.milestones[0], None)]);
    let readings: Vec<_> = found.indicators[0].readings.iter().map(|row| (row.on, row.value)).collect();
    assert_eq!(readings, [(day("2026-01-01"), decimal("91.5")), (day("2026-02-01"), decimal("92.25"))]);
    assert_eq!(found.partners[0].role.as_deref(), Some("授信"));
    assert_eq!(found.files.iter().map(|row| row.id).collect::<Vec<_>>(), saved.files);
    assert!(found.files.iter().all(|row| row.here && row.caption.as_deref() == Some("签约")));
    let mark = found.brand.mark.unwrap();
    let bytes = |id| desk.store.read(|r| r.evidence_bytes(id)).unwrap().unwrap();
    assert_eq!((bytes(mark.id), bytes(saved.files[1])), (b"mark".to_vec(), b"two".to_vec()));
    assert_eq!(desk.store.read(|r| r.evidence(mark.id)).unwrap().unwrap().mime, "image/png");
    same_after_replay(&[&desk]);
}

#[test]
fn two_desks_change_different_fields_and_both_stand() {
    let (a, b, mut orderer) = two_desks(503);
    let brand = a.brand("诚信渔港");
    let part = a
        .write(|tx| {
            let new = MilestoneDraft { title: text("挂牌"), due_on: Some(day("2026-06-30")), ..Default::default() };
            tx.record_brand(&BrandDraft { milestones: vec![new], ..change(brand) })
        })
        .milestones[0];
    orderer.settle(&[&a, &b], |_| false);
    let texts = |texts| BrandDraft { texts, ..change(brand) };
    let milestone = |draft| BrandDraft { milestones: vec![draft], ..change(brand) };
    let slogan = BrandTextsDraft { slogan: text("一诺千金"), name: text("诚信港"), ..Default::default() };
    a.write(|tx| tx.record_brand(&texts(slogan)));
    let done = MilestoneDraft { part: Some(part), state: Some(MilestoneState::Done), ..Default::default() };
    a.write(|tx| tx.record_brand(&milestone(done)));
    let story =
        BrandTextsDraft { story: text("从一张欠条说起。"), name: text("信义渔港"), ..Default::default() };
    b.write(|tx| tx.record_brand(&texts(story)));
    let later = MilestoneDraft { part: Some(part), due_on: Some(day("2026-09-30")), ..Default::default() };
    b.write(|tx| tx.record_brand(&milestone(later)));
    // The district hears b first, so a's name is the later one.
    orderer.settle(&[&b, &a], |_| false);
    for desk in [&a, &b] {
        let found = dossier(desk, brand);
        assert_eq!(found.brand.slogan.as_deref(), Some("一诺千金"));
        assert_eq!(found.brand.story.as_deref(), Some("从一张欠条说起。"));
        assert_eq!(found.brand.name.as_deref(), Some("诚信港"), "the later in server order");
        let milestone = &found.milestones[0];
        assert_eq!((milestone.state, milestone.due_on), (MilestoneState::Done, Some(day("2026-09-30"))));
        assert_eq!(milestone.title.as_deref(), Some("挂牌"));
        assert_eq!(races(desk), Vec::<String>::new());
    }
    same_after_replay(&[&a, &b]);
}

#[test]
fn what_was_taken_out_stays_out_and_who_changed_it_is_told() {
    let (a, b, mut orderer) = two_desks(505);
    let brand = a.brand("诚信渔港");
    let new = BrandDraft {
        indicators: vec![IndicatorDraft { name: text("履约率"), ..Default::default() }],
        partners: vec![PartnerDraft { name: text("农商行"), ..Default::default() }],
        files: vec![photo(b"one", "签约")],
        ..change(brand)
    };
    let saved = a.write(|tx| tx.record_brand(&new));
    orderer.settle(&[&a, &b], |_| false);
    let (indicator, partner) = (saved.indicators[0], saved.partners[0]);
    let removal =
        BrandDraft { removed_parts: vec![indicator, partner], removed_files: saved.files.clone(), ..change(brand) };
    a.write(|tx| tx.record_brand(&removal));
    let reading = ReadingDraft { indicator, on: day("2026-01-04"), value: decimal("92") };
    let renamed = PartnerDraft { part: Some(partner), name: text("邮储银行"), ..Default::default() };
    b.write(|tx| tx.record_brand(&BrandDraft { readings: vec![reading], ..change(brand) }));
    b.write(|tx| tx.record_brand(&BrandDraft { partners: vec![renamed.clone()], ..change(brand) }));
    orderer.settle(&[&a, &b], |_| false);
    for desk in [&a, &b] {
        let found = dossier(desk, brand);
        assert_eq!((found.indicators.len(), found.partners.len(), found.files.len()), (0, 0, 0));
        assert_eq!(races(desk), ["brand_part_removed", "brand_part_removed"]);
        let race = desk.store.read(|r| r.races()).unwrap().remove(0);
        assert_eq!(race.entity.id, *brand.as_bytes());
    }
    same_after_replay(&[&a, &b]);
    assert_eq!(a.store.read(|r| r.evidence(saved.files[0])).unwrap(), None);
    let late = a.store.write(a.admin, |tx| tx.record_brand(&BrandDraft { partners: vec![renamed], ..change(brand) }));
    assert!(matches!(late, Err(StoreError::Missing { .. })));
    let again = a.store.write(a.admin, |tx| tx.record_brand(&removal));
    assert!(matches!(again, Err(StoreError::Missing { .. })));
    let nothing = a.store.write(a.admin, |tx| tx.record_brand(&change(brand)));
    assert!(matches!(nothing, Err(StoreError::Refused(_))));
}

#[test]
fn texts_wait_for_the_key_of_the_brand() {
    let (a, b) = (Desk::new(507), Desk::new(508));
    let mut orderer = Orderer::default();
    let brand = a.brand("诚信渔港");
    let files = vec![photo(b"one", "签约")];
    a.write(|tx| tx.record_brand(&BrandDraft { files, ..change(brand) }));
    a.move_brand(brand, BrandStep::SendBack);
    let handover = a.write(|tx| tx.request_handover(brand, "年度报送"));
    orderer.settle(&[&a, &b], |_| false);
    let seen = |desk: &Desk| {
        let found = dossier(desk, brand);
        let purpose = desk.store.read(|r| r.handover(handover)).unwrap().unwrap().purpose;
        (found.brand.name, found.brand.reason, found.files[0].caption.clone(), purpose)
    };
    assert_eq!(seen(&b), (None, None, None, None));
    assert!(!dossier(&b, brand).files[0].here, "the bytes stay where they are");
    let edit = b.store.write(b.admin, |tx| {
        tx.record_brand(&BrandDraft {
            texts: BrandTextsDraft { slogan: text("一诺千金"), ..Default::default() },
            ..change(brand)
        })
    });
    assert!(matches!(edit, Err(StoreError::KeyMissing)));
    Orderer::introduce(&[&a, &b]);
    assert_eq!(seen(&b), (text("诚信渔港"), text("见会议纪要"), text("签约"), text("年度报送")));
    same_after_replay(&[&a, &b]);
}

#[test]
fn milestones_of_the_active_brand_come_due() {
    let desk = Desk::new(509);
    let milestones = ["2026-03-01", "2026-02-01", "2026-02-02", "2026-01-01"].map(|on| MilestoneDraft {
        title: text(on),
        due_on: Some(day(on)),
        ..Default::default()
    });
    let brand = desk.brand("诚信渔港");
    let saved = desk.write(|tx| tx.record_brand(&BrandDraft { milestones: milestones.to_vec(), ..change(brand) }));
    let dropped =
        MilestoneDraft { part: Some(saved.milestones[3]), state: Some(MilestoneState::Dropped), ..Default::default() };
    desk.write(|tx| tx.record_brand(&BrandDraft { milestones: vec![dropped], ..change(brand) }));
    let due = || desk.store.read(|r| r.milestones_due(day("2026-02-02"))).unwrap();
    assert_eq!(due().len(), 0, "not active yet");
    desk.move_brand(brand, BrandStep::Approve);
    desk.move_brand(brand, BrandStep::Activate { replaces: None });
    let ids: Vec<_> = due().iter().map(|row| row.milestone.id).collect();
    assert_eq!(ids, [saved.milestones[1], saved.milestones[2]]);
    assert_eq!(desk.brand_row(brand).milestones, 3);
}
