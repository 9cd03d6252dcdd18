//! The district goes back to an earlier state: what the PCs hold fills it again. And a PC whose file rotted.

use zhenxin_domain::ids::ResidentId;
use zhenxin_sync::{SyncState, equality};
use zhenxin_testkit::desk::{Desk, VILLAGE};

use crate::sync_stage::{Site, all_equal, complete, knows, settle};

/// Two offices and a village that have exchanged everything.
struct Town {
    site: Site,
    office: Desk,
    second: Desk,
    village: Desk,
    residents: Vec<ResidentId>,
}

impl Town {
    fn settled() -> Self {
        let site = Site::start();
        let [office, second, village] =
            ["综合办 1 号机", "综合办 2 号机", "九龙湖村"].map(|label| Desk::found(label).unwrap());
        site.enrol(&office, &[]);
        site.enrol(&second, &[]);
        site.enrol(&village, &[VILLAGE]);
        let residents = office.residents(4).unwrap();
        settle(&[&office, &second, &village]);
        Self { site, office, second, village, residents }
    }

    /// Everybody works; everything is exchanged.
    fn work(&mut self) {
        for desk in [&self.office, &self.second, &self.village] {
            self.residents.extend(desk.residents(2).unwrap());
        }
        settle(&[&self.office, &self.second, &self.village]);
    }

    fn heal(&self, first: &Desk) {
        complete(first);
        settle(&[&self.office, &self.second, &self.village]);
        all_equal(&[&self.office, &self.second]);
        for desk in [&self.office, &self.second, &self.village] {
            knows(desk, &self.residents);
            assert!(desk.store.verify(None).unwrap().sound());
        }
        let held: i64 = self.site.store().towns().unwrap()[0].ops;
        assert_eq!(held as u64, self.office.counts().unwrap().1, "the district has everything again, once");
    }
}

#[test]
fn a_district_restored_from_its_backup_is_filled_again_by_its_pcs() {
    let mut town = Town::settled();
    let backup = town.site.dir.path().join("weekly.zxd");
    town.site.back_up(&backup);
    town.work();
    let lineage = town.office.store.lineage().unwrap();
    town.site.restore(&backup);
    town.residents.extend(town.second.residents(1).unwrap());
    town.heal(&town.second);
    assert_ne!(town.office.store.lineage().unwrap(), lineage, "the history has another name");
}

#[test]
fn a_district_whose_files_are_an_older_copy_is_filled_again_as_well() {
    let mut town = Town::settled();
    let copy = tempfile::tempdir().unwrap();
    town.site.copy_files(copy.path());
    town.work();
    let proved = equality(&town.office.store).unwrap().unwrap();
    town.site.put_files_back(copy.path());
    town.heal(&town.village);
    let again = equality(&town.office.store).unwrap().unwrap();
    assert!(again.ops >= proved.ops && again.at_ms >= proved.at_ms, "{proved:?} {again:?}");
}

#[test]
fn what_the_district_confirmed_and_lost_before_anybody_received_it_is_sent_again() {
    let mut town = Town::settled();
    let copy = tempfile::tempdir().unwrap();
    town.site.copy_files(copy.path());
    town.residents.extend(town.office.residents(2).unwrap());
    complete(&town.office);
    town.site.put_files_back(copy.path());
    // others write in the meantime: the places are taken by other ops
    town.residents.extend(town.second.residents(3).unwrap());
    complete(&town.second);
    town.heal(&town.office);
}

/// Set back to before a PC was enrolled, and that PC never comes again: what it wrote waits, and nothing waits for it.
#[test]
fn a_district_that_forgot_an_author_takes_what_the_others_write() {
    let Town { mut site, office, second, village, mut residents } = Town::settled();
    let copy = tempfile::tempdir().unwrap();
    site.copy_files(copy.path());
    let late = Desk::found("综合办 3 号机").unwrap();
    site.enrol(&late, &[]);
    settle(&[&late, &office]);
    residents.extend(late.residents(2).unwrap());
    settle(&[&late, &office, &second, &village]);
    site.put_files_back(copy.path());
    let written = office.residents(2).unwrap();
    residents.extend(&written);
    settle(&[&office, &second, &village]);
    let waits = |desk: &Desk| desk.store.read(|reader| reader.op_counts()).unwrap();
    for desk in [&office, &second, &village] {
        let counts = waits(desk);
        assert!(counts.pending > 0 && counts.rejected == 0, "{counts:?}");
        assert_eq!(counts.pending, waits(&office).pending, "only what the forgotten one wrote waits");
        knows(desk, &residents);
    }
    assert_eq!(second.store.heads().unwrap(), office.store.heads().unwrap());
    let own: u64 = office.store.outbox_size().unwrap().own_ops;
    assert_eq!(own, 0, "what this PC wrote has left");
}

#[test]
fn every_round_ends_with_a_proof_and_a_cut_one_with_none() {
    let town = Town::settled();
    let proved = equality(&town.office.store).unwrap().unwrap();
    let held: u64 = town.office.store.heads().unwrap().iter().map(|head| head.size).sum();
    assert_eq!((proved.ops, proved.waiting), (held, 0));
    let Town { mut site, office, .. } = town;
    site.stop();
    office.residents(1).unwrap();
    assert!(matches!(office.sync().unwrap().state, SyncState::Offline { .. }));
    assert_eq!(equality(&office.store).unwrap(), Some(proved));
}
