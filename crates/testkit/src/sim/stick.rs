//! USB sticks of a run: made, kept, cut, taken in.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail, ensure};
use zhenxin_sync::engine::Event;
use zhenxin_sync::{BundleTo, bundle_export, bundle_import};

use super::world::World;

/// Sticks that are kept; more would only be older.
const STICKS_MAX: usize = 6;

impl World {
    pub(super) fn bundle_out(&mut self, pc: usize) -> Result<()> {
        let path = self.root.path().join(format!("stick-{}.zxb", self.sticks_made));
        self.sticks_made += 1;
        // for everybody, or cut to what one of them may read
        let other = self.chance.below(self.living().count() as u64) as u8;
        let to = match self.chance.hit(600) {
            true => BundleTo::Everybody,
            false => BundleTo::Device(self.pcs[self.index(other)].device()?),
        };
        let machine = &self.pcs[pc];
        match bundle_export(machine.store()?, machine.ports(), &path, to, &mut |_| true) {
            Ok(made) => {
                self.trace.note(format!("stick of {pc}: {} waiting, {} ordered", made.waiting_ops, made.ordered_ops));
                let keys = self.pcs[pc].store()?.held_keys()?.into_iter().filter(|key| key.opens).collect();
                self.stick_keys.insert(path.clone(), keys);
                self.keep_stick(path)?;
            }
            Err(error) => self.trace.note(format!("no stick of {pc}: {}", error.code())),
        }
        Ok(())
    }

    fn keep_stick(&mut self, path: PathBuf) -> Result<()> {
        self.sticks.push(path);
        if self.sticks.len() > STICKS_MAX {
            let oldest = self.sticks.remove(0);
            self.stick_keys.remove(&oldest);
            fs::remove_file(oldest)?;
        }
        Ok(())
    }

    /// A stick, or the first part of one.
    fn stick(&self, which: u8, whole: u16) -> Result<Option<PathBuf>> {
        if self.sticks.is_empty() {
            return Ok(None);
        }
        let path = self.sticks[usize::from(which) % self.sticks.len()].clone();
        if whole >= 1_000 {
            return Ok(Some(path));
        }
        let bytes = fs::read(&path)?;
        let part = self.root.path().join("part.zxb");
        fs::write(&part, &bytes[..bytes.len() * usize::from(whole) / 1_000])?;
        Ok(Some(part))
    }

    pub(super) fn bundle_in(&mut self, pc: usize, which: u8, whole: u16) -> Result<()> {
        let Some(path) = self.stick(which, whole)? else { return Ok(()) };
        let machine = &mut self.pcs[pc];
        let before: BTreeSet<[u8; 16]> = machine.store()?.awaited_keys()?.into_iter().collect();
        match bundle_import(machine.store()?, machine.ports(), &path, &mut |_| true) {
            Ok(taken) => {
                self.trace.note(format!(
                    "stick into {pc}: {} new, {} carried, {} acknowledged, whole {}",
                    taken.new_ops, taken.carried_ops, taken.acknowledged, taken.complete
                ));
                if taken.complete {
                    self.brought_its_keys(pc, &path, &before)?;
                }
            }
            Err(error) => {
                if matches!(error.code(), "store" | "system") {
                    bail!("a stick breaks the store: {error}");
                }
                self.trace.note(format!("stick refused by {pc}: {}", error.code()));
            }
        }
        self.pcs[pc].feed(Event::NewOps);
        Ok(())
    }

    /// A whole stick brings the keys of what it brings, as far as its maker could read it.
    fn brought_its_keys(&self, pc: usize, path: &Path, before: &BTreeSet<[u8; 16]>) -> Result<()> {
        let Some(keys) = self.stick_keys.get(path) else { return Ok(()) };
        let waits = self.pcs[pc].store()?.awaited_keys()?;
        for subject in waits.iter().filter(|subject| !before.contains(*subject)) {
            let withheld = keys.iter().find(|key| key.subject == *subject);
            ensure!(withheld.is_none(), "the stick into {pc} brought what it withheld the key of: {withheld:?}");
        }
        Ok(())
    }

    pub(super) fn district_bundle_in(&mut self, which: u8, whole: u16) -> Result<()> {
        if let Some(path) = self.stick(which, whole)? {
            let said = self.district.bundle_in(&path)?;
            self.trace.note(format!("stick into the district: {said}"));
        }
        Ok(())
    }

    pub(super) fn district_bundle_out(&mut self, pc: usize) -> Result<()> {
        let path = self.root.path().join(format!("stick-{}.zxb", self.sticks_made));
        self.sticks_made += 1;
        let made = self.district.bundle_out(self.pcs[pc].device()?, &path)?;
        self.trace.note(format!("stick of the district for {pc}: {made}"));
        if made { self.keep_stick(path) } else { Ok(()) }
    }
}
