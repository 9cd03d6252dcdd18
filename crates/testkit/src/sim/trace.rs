//! What happened, line by line, and one hash over all of it: a seed that replays exactly gives the same hash.

use zhenxin_protocol::hash::Hash32;

/// The record of one run. Lines hold ids and counts, never a personal value.
pub struct Trace {
    hash: Hash32,
    lines: Option<Vec<String>>,
    count: u64,
}

impl Trace {
    /// An empty one; lines are kept only where somebody will read them.
    pub fn new(keep: bool) -> Self {
        Self { hash: Hash32::of(b"trace"), lines: keep.then(Vec::new), count: 0 }
    }

    /// Notes a line.
    pub fn note(&mut self, line: impl AsRef<str>) {
        let line = line.as_ref();
        self.hash = Hash32::of_parts(&[self.hash.as_bytes(), line.as_bytes()]);
        self.count += 1;
        if let Some(lines) = &mut self.lines {
            lines.push(format!("{:>5} {line}", self.count));
        }
    }

    /// The hash over all lines so far.
    pub fn hash(&self) -> Hash32 {
        self.hash
    }

    /// The lines that were kept.
    pub fn lines(&self) -> &[String] {
        self.lines.as_deref().unwrap_or_default()
    }
}
