//! `rehearsal`: a backup of a town with 100,000 transfers, made and rehearsed, against copying the town's file and
//! checking the town where it lies. And how long an erasure takes to write the pages anew.

use std::{fs, path::Path, time::Instant};

use anyhow::{Context, Result, ensure};
use zhenxin_app::SystemClock;
use zhenxin_domain::ids::ResidentId;
use zhenxin_store::{AwardBatch, AwardDraft, AwardTo, BackupPlace, ResidentFilter, Review, ReviewDraft, StoreError};

use super::{
    Say,
    figure::{Figure, Target},
    folder,
    people::people,
    town::{self, Filler},
};

/// The demonstration town's transfers as the issue asks for them.
const TRANSFERS: usize = 100_000;
/// Residents among whom they are spread at most: the size of a middling town's active part.
const RESIDENTS: usize = 5_000;
/// Awards of one activity: a busy village day.
const AWARDS_AN_ACTIVITY: usize = 500;
const SEED: u64 = 20_261_123;
/// A rehearsal folds the log twice, once to restore and once to check; checking in place folds it once.
const RATIO_MAX: f64 = 4.0;

/// Measures and prints.
///
/// # Errors
/// When the backup is not sound, and faults of the disk.
pub fn measure(say: Say<'_>) -> Result<()> {
    let town = folder::prepared("rehearsal-town", fill)?;
    // a copy: a backup lies in the town's folder
    let place = folder::temporary()?;
    folder::copy(&town, place.path())?;
    let filler = Filler::open(place.path(), SystemClock)?;
    let store = &filler.store;

    let copied = place.path().join("copied");
    let started = Instant::now();
    fs::copy(place.path().join("town.db"), &copied)?;
    fs::File::open(&copied)?.sync_all()?;
    let copying = started.elapsed().as_secs_f64();

    let started = Instant::now();
    let made = store.back_up()?;
    let backing = started.elapsed().as_secs_f64();
    say(&line("back up", backing, copying, None));

    let started = Instant::now();
    ensure!(store.verify(None)?.sound(), "the town is not sound");
    let checking = started.elapsed().as_secs_f64();

    let started = Instant::now();
    let rehearsal = store.rehearse(BackupPlace::Here, &made.backup.file, None)?;
    let rehearsing = started.elapsed().as_secs_f64();
    ensure!(rehearsal.sound(), "the rehearsal found {:?}", rehearsal.faults);
    ensure!(rehearsal.transfers >= TRANSFERS as u64 && rehearsal.ledger_sum == 0, "the ledger is not whole");
    say(&line("rehearse", rehearsing, checking, Some(Target::Ratio(RATIO_MAX))));
    let first = store.read(|reader| reader.residents_page(ResidentFilter::default(), 0, 1))?;
    let somebody = first.rows.first().context("nobody is on the roster")?.id;
    store.write(filler.user(), |tx| tx.erase_resident(somebody, None, "moved_away", &[]))?;
    let started = Instant::now();
    ensure!(store.scrub()?, "the pages could not be written anew");
    let scrubbing = started.elapsed().as_secs_f64();
    say(&line("write the pages anew after an erasure", scrubbing, copying, None));

    let (bytes, whole) = (made.backup.bytes, fs::metadata(place.path().join("town.db"))?.len());
    say(&format!(
        "rehearsal: {} transfers, {} operations, {} residents; log {:.1} MB of a file of {:.1} MB",
        rehearsal.transfers,
        rehearsal.ops,
        rehearsal.residents,
        bytes as f64 / 1e6,
        whole as f64 / 1e6
    ));
    Ok(())
}

fn line(name: &str, ours: f64, floor: f64, target: Option<Target>) -> String {
    Figure { name: format!("rehearsal: {name}, 100,000 transfers"), ours, floor: Some(floor), unit: "s", target }.line()
}

fn fill(folder: &Path) -> Result<()> {
    town::found(folder)?;
    let villages = town::villages()?;
    let filler = Filler::open(folder, SystemClock)?;
    let residents = filler.people(&people(RESIDENTS, &villages, SEED), &villages)?;
    award_all(&filler, &residents, TRANSFERS)
}

/// Years of work in a town that stands: approved awards for everybody on its roster in turn, so many transfers.
///
/// # Errors
/// Faults of the disk; a town without rules or residents.
pub fn years_of_work(folder: &Path, transfers: usize) -> Result<()> {
    let filler = Filler::open(folder, SystemClock)?;
    let everybody = u32::try_from(RESIDENTS)?;
    let page = filler.store.read(|reader| reader.residents_page(ResidentFilter::default(), 0, everybody))?;
    let residents: Vec<ResidentId> = page.rows.iter().map(|row| row.id).collect();
    award_all(&filler, &residents, transfers)
}

fn award_all(filler: &Filler, residents: &[ResidentId], transfers: usize) -> Result<()> {
    ensure!(!residents.is_empty(), "nobody is on the roster");
    (0..transfers.div_ceil(AWARDS_AN_ACTIVITY)).try_for_each(|turn| award(filler, residents, turn))
}

fn award(filler: &Filler, residents: &[ResidentId], turn: usize) -> Result<()> {
    let rules = filler.rules()?;
    let rule = rules.get(turn % rules.len().max(1)).context("no rules")?;
    let day = town::days_ago((turn % 200 + 1) as u64);
    let start = turn * AWARDS_AN_ACTIVITY;
    let rows = (start..start + AWARDS_AN_ACTIVITY)
        .map(|at| AwardDraft {
            resident: residents[at % residents.len()],
            to: AwardTo::Resident,
            amount_points: rule.points,
        })
        .collect();
    filler.store.write(filler.user(), |tx| {
        let recorded = tx.record_awards(AwardBatch {
            activity: None,
            activity_name: format!("清洁家园 {turn}"),
            rule_version: rule.version_id,
            request: None,
            occurred_on: day,
            evidence: Vec::new(),
            rows,
        })?;
        let approve = |award: &_| ReviewDraft { award: *award, decision: Review::Approve { effective_on: day } };
        let reviews: Vec<ReviewDraft> = recorded.awards.iter().map(approve).collect();
        tx.review_awards(&reviews)?;
        Ok::<_, StoreError>(())
    })?;
    Ok(())
}
