//! The one source of chance in a simulation.

use std::sync::Mutex;

use zhenxin_store::IdSource;

/// SplitMix64 (Steele et al. 2014): the same seed gives the same numbers.
#[derive(Debug, Clone)]
pub struct Chance(u64);

impl Chance {
    /// Of a seed.
    pub fn of(seed: u64) -> Self {
        Self(seed ^ 0x5bd1_e995_27d4_eb2f)
    }

    /// A stream of its own, so that a new question in one place moves no answer in another.
    pub fn branch(&mut self, label: u64) -> Self {
        let mut branch = Self(self.draw() ^ label.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        branch.draw();
        branch
    }

    /// Sixty-four random bits.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below a limit; 0 below 0.
    pub fn below(&mut self, limit: u64) -> u64 {
        if limit == 0 { 0 } else { self.draw() % limit }
    }

    /// True so often in a thousand.
    pub fn hit(&mut self, per_mille: u64) -> bool {
        self.below(1_000) < per_mille
    }

    /// One of these, none of none.
    pub fn pick<'t, T>(&mut self, from: &'t [T]) -> Option<&'t T> {
        let at = self.below(from.len() as u64);
        from.get(usize::try_from(at).unwrap_or(0))
    }
}

/// Randomness for a store, out of a seed.
pub struct SeededIds(Mutex<Chance>);

impl SeededIds {
    /// A stream of its own.
    pub fn new(chance: Chance) -> Self {
        Self(Mutex::new(chance))
    }
}

impl IdSource for SeededIds {
    fn fill(&self, bytes: &mut [u8]) {
        let mut chance = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        for part in bytes.chunks_mut(8) {
            let fresh = chance.draw().to_le_bytes();
            part.copy_from_slice(&fresh[..part.len()]);
        }
    }
}
