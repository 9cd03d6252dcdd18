//! Figures, floors and targets as lines of text.

use std::time::Duration;

/// What a figure should reach.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Target {
    /// At most so many times the floor.
    Ratio(f64),
    /// At most so much, in the figure's own unit.
    AtMost(f64),
}

/// One line of the report.
#[derive(Debug, Clone)]
pub struct Figure {
    /// What was measured.
    pub name: String,
    /// Our figure.
    pub ours: f64,
    /// The floor of the same run, where there is one.
    pub floor: Option<f64>,
    /// Unit of both.
    pub unit: &'static str,
    /// What it should reach, where something is promised.
    pub target: Option<Target>,
}

impl Figure {
    /// Ours divided by the floor.
    pub fn ratio(&self) -> Option<f64> {
        self.floor.filter(|floor| *floor > 0.0).map(|floor| self.ours / floor)
    }

    /// Whether the target is met; `None` without one.
    pub fn met(&self) -> Option<bool> {
        match self.target? {
            Target::Ratio(most) => self.ratio().map(|ratio| ratio <= most),
            Target::AtMost(most) => Some(self.ours <= most),
        }
    }

    /// Name, our figure, floor, ratio, target, met or missed.
    pub fn line(&self) -> String {
        let Self { name, ours, floor, unit, target } = self;
        let floor = floor.map_or_else(|| "-".to_owned(), |floor| format!("{floor:.2} {unit}"));
        let ratio = self.ratio().map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.2}"));
        let target = match target {
            Some(Target::Ratio(most)) => format!("ratio ≤ {most:.1}"),
            Some(Target::AtMost(most)) => format!("≤ {most} {unit}"),
            None => "-".to_owned(),
        };
        let met = match self.met() {
            Some(true) => "met",
            Some(false) => "MISSED",
            None => "-",
        };
        format!(
            "{name:<46} ours {:>12}  floor {floor:>12}  ratio {ratio:>6}  target {target:>12}  {met}",
            format!("{ours:.2} {unit}")
        )
    }
}

/// Times of the same thing done many times.
#[derive(Debug, Default)]
pub struct Samples {
    taken: Vec<Duration>,
}

impl Samples {
    /// One more.
    pub fn push(&mut self, taken: Duration) {
        self.taken.push(taken);
    }

    /// How many.
    pub fn count(&self) -> usize {
        self.taken.len()
    }

    /// The time, in ms, that so many percent of the samples did not exceed (nearest rank).
    pub fn percentile_ms(&self, percent: usize) -> f64 {
        let mut sorted = self.taken.clone();
        sorted.sort_unstable();
        let rank = (sorted.len() * percent).div_ceil(100).max(1);
        sorted.get(rank - 1).map_or(0.0, |taken| taken.as_secs_f64() * 1000.0)
    }

    /// The longest, in ms.
    pub fn max_ms(&self) -> f64 {
        self.percentile_ms(100)
    }

    /// The average, in ms.
    pub fn mean_ms(&self) -> f64 {
        let sum: Duration = self.taken.iter().sum();
        sum.as_secs_f64() * 1000.0 / self.taken.len().max(1) as f64
    }
}

#[cfg(test)]
mod tests;
