//! Taking ops: the chain of a device, the order of a scope, the fate of each.

use std::collections::{BTreeMap, HashMap, HashSet};

use zhenxin_domain::division::{Scope, TownCode};
use zhenxin_domain::ids::DeviceId;
use zhenxin_protocol::device_key::{Context, ED25519_TAG, verify_hash};
use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::op::{Op, OpFault};
use zhenxin_protocol::wire::FaultCode;
use zhenxin_protocol::wire::limits::CLOCK_AHEAD_MAX_MS;
use zhenxin_protocol::wire::ops::{HeadSignature, ISSUE_TIME_SUSPECT, OpOutcome, RejectCode};
use zhenxin_protocol::wire::scope::allows;

use super::db::{Tx, Value};
use super::device::{self, Device};
use super::repair::mend_hash;
use super::tables::{CHAIN_HEAD, OP};
use super::tree::ScopeRow;
use super::{Store, StoreError, brand};

/// An op as it came, read before the lock is taken.
pub struct Incoming {
    bytes: Vec<u8>,
    hash: Hash32,
    op: Result<Op, RejectCode>,
    /// Why the body of an op is refused.
    body: Option<RejectCode>,
}

impl Incoming {
    /// Hashes and reads the bytes.
    #[must_use]
    pub fn read(bytes: Vec<u8>) -> Self {
        let op = Op::from_bytes(&bytes).map_err(|fault| match fault {
            OpFault::TooLarge => RejectCode::TooLarge,
            OpFault::Shape | OpFault::Algorithm | OpFault::Chain => RejectCode::BadOp,
        });
        // a kind of a newer program is taken as it is; a known kind must be whole
        let body = op.as_ref().is_ok_and(|op| op.read_body().is_err()).then_some(RejectCode::BadBody);
        Self { hash: Op::hash_of(&bytes), bytes, op, body }
    }

    /// Hash of the bytes.
    #[must_use]
    pub const fn hash(&self) -> Hash32 {
        self.hash
    }
}

/// Ops of one device and epoch, brought by whoever has them.
pub struct Batch<'b> {
    /// The town of all concerned.
    pub town: TownCode,
    /// Who brings it; `None` for a bundle that the administrator read in.
    pub sender: Option<DeviceId>,
    /// Who wrote it.
    pub author: DeviceId,
    /// The author's epoch.
    pub epoch: u32,
    /// The ops, dense and ascending.
    pub ops: &'b [Incoming],
    /// The author's signature over the last one.
    pub head: &'b HeadSignature,
}

/// Why a whole push is refused.
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    /// Told to the device.
    #[error("{}", .0.name())]
    Refused(FaultCode),
    /// A fault of the store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// An op that was taken into its scope's log.
pub(crate) struct Taken<'o> {
    pub(crate) server_seq: u64,
    pub(crate) op: &'o Op,
}

/// The end of a device's chain in one epoch.
struct Chain {
    next_seq: u64,
    last_hash: Hash32,
}

/// Where an incoming op stands in the chain.
enum Place {
    /// Next: to be judged.
    Next,
    /// There already.
    Known(OpOutcome),
    /// After something that is missing.
    Gap,
    /// Against another op.
    Fork,
}

/// An op at a place of the chain, as it is stored.
struct Known {
    hash: Hash32,
    server_seq: Option<u64>,
    issue: Option<String>,
    reject_code: Option<String>,
}

/// An op that the chain takes now.
struct Fresh<'o> {
    /// Its place in the push.
    place: usize,
    seq: u64,
    incoming: &'o Incoming,
    judged: Result<(&'o Op, Option<&'static str>), RejectCode>,
    server_seq: Option<u64>,
}

struct Push<'t, 'c, 'o> {
    tx: &'t Tx<'c>,
    author: &'t Device,
    epoch: u32,
    now_ms: i64,
    chain: Chain,
    /// Places of the chain that were read.
    known: HashMap<u64, Known>,
    /// Ids that ops of the town bear already, among those of this push.
    taken_ids: HashSet<[u8; 16]>,
    fresh: Vec<Fresh<'o>>,
    /// Sequence number of the op before this one in the push.
    before: Option<u64>,
}

impl Store {
    /// Takes ops of one device and epoch and tells the fate of each, in one
    /// transaction.
    ///
    /// # Errors
    /// [`PushError`]; then nothing was taken.
    pub fn push(&self, batch: &Batch<'_>, now_ms: i64) -> Result<Vec<OpOutcome>, PushError> {
        self.write(|tx| {
            let mut author = author(tx, batch)?;
            let Some(last) = batch.ops.last() else { return Ok(Vec::new()) };
            let signed = batch.head.alg == ED25519_TAG
                && verify_hash(&author.sign_key, Context::ChainHead, &last.hash, &batch.head.signature).is_ok();
            if !signed || (batch.sender != Some(author.id) && !vouched(batch)) {
                return Err(PushError::Refused(FaultCode::BadSignature));
            }
            let outcomes = Push::begin(tx, &author, batch, now_ms)?.finish(batch)?;
            if outcomes.contains(&OpOutcome::Fork) {
                author.forked_at_ms = Some(now_ms);
            }
            if batch.sender == Some(author.id) {
                author.contact_at_ms = Some(now_ms);
            }
            device::put(tx, &author)?;
            Ok(outcomes)
        })
    }
}

/// Whether the signature over the last op covers all of them: each is an op of the author's chain and names the one
/// before it. Asked where another carries them; without it, anything that the author ever signed could stand at the
/// end of ops that the author never wrote. What a body says is judged later, op by op: one that does not read is refused
/// at its place and keeps nothing else back.
fn vouched(batch: &Batch<'_>) -> bool {
    let mut before: Option<(u64, Hash32)> = None;
    // an op alone is signed itself
    batch.ops.len() == 1
        || batch.ops.iter().all(|incoming| {
            let Ok(op) = &incoming.op else { return false };
            let own = op.device == batch.author && op.epoch == batch.epoch;
            let follows = before.is_none_or(|(seq, hash)| op.seq == seq + 1 && op.prev == hash);
            before = Some((op.seq, incoming.hash));
            own && follows
        })
}

/// The author, held to the end of the transaction: its chain grows at one place
/// at a time. The sender is held before it where its id is the smaller one, so
/// that two relays never wait for each other.
fn author(tx: &Tx<'_>, batch: &Batch<'_>) -> Result<Device, PushError> {
    let mut ids: Vec<DeviceId> = batch.sender.into_iter().chain([batch.author]).collect();
    ids.sort_by_key(|id| *id.as_bytes());
    ids.dedup();
    let mut author = None;
    for id in ids {
        let device = device::locked(tx, batch.town, id)?;
        let revoked = device.as_ref().is_none_or(|device| device.revoked_at_ms.is_some());
        // the check of the token lies before the lock
        if batch.sender == Some(id) && revoked {
            return Err(PushError::Refused(FaultCode::DeviceRevoked));
        }
        if id == batch.author {
            author = device;
        }
    }
    author.ok_or(PushError::Refused(FaultCode::ScopeDenied))
}

fn chain(tx: &Tx<'_>, author: &Device, epoch: u32) -> Result<Chain, StoreError> {
    let last = tx.first(
        "SELECT seq, hash FROM op WHERE town = $1 AND device = $2 AND epoch = $3 ORDER BY seq DESC LIMIT 1",
        &[author.town.as_str().into(), author.id.as_bytes().into(), epoch.into()],
    )?;
    match last {
        None => Ok(Chain { next_seq: 1, last_hash: Hash32::ZERO }),
        Some(mut row) => Ok(Chain { next_seq: row.uint()? + 1, last_hash: Hash32(row.bytes()?) }),
    }
}

impl<'t, 'c, 'o> Push<'t, 'c, 'o> {
    fn begin(tx: &'t Tx<'c>, author: &'t Device, batch: &Batch<'o>, now_ms: i64) -> Result<Self, StoreError> {
        let chain = chain(tx, author, batch.epoch)?;
        // only what may be new; what stands in the chain bears its own id
        let ids: Vec<Value<'_>> = batch
            .ops
            .iter()
            .filter_map(|incoming| incoming.op.as_ref().ok())
            .filter(|op| op.seq >= chain.next_seq)
            .map(|op| op.id.as_bytes().into())
            .collect();
        let found = tx.query_in(
            "SELECT id FROM op WHERE town = $1 AND server_seq IS NOT NULL AND id",
            &[author.town.as_str().into()],
            &ids,
        )?;
        let taken_ids = found.into_iter().map(|mut row| row.bytes()).collect::<Result<_, _>>()?;
        Ok(Self {
            tx,
            author,
            epoch: batch.epoch,
            now_ms,
            chain,
            known: HashMap::new(),
            taken_ids,
            fresh: Vec::with_capacity(batch.ops.len()),
            before: None,
        })
    }

    fn finish(mut self, batch: &Batch<'o>) -> Result<Vec<OpOutcome>, StoreError> {
        let (mut outcomes, whole) = self.judge_all(batch.ops)?;
        self.give_places()?;
        self.store()?;
        for fresh in &self.fresh {
            outcomes[fresh.place] = fresh.outcome();
        }
        if let (true, Some(last)) = (whole, self.before) {
            self.tx.insert_new(
                &CHAIN_HEAD,
                &[vec![
                    self.author.town.as_str().into(),
                    self.author.id.as_bytes().into(),
                    self.epoch.into(),
                    last.into(),
                    (&batch.head.alg).into(),
                    (&batch.head.signature).into(),
                ]],
            )?;
        }
        Ok(outcomes)
    }

    /// The fate of each op, and whether the chain holds them all. Those that are
    /// fresh have a stand-in.
    fn judge_all(&mut self, ops: &'o [Incoming]) -> Result<(Vec<OpOutcome>, bool), StoreError> {
        let mut outcomes = Vec::with_capacity(ops.len());
        let mut whole = true;
        for (place, incoming) in ops.iter().enumerate() {
            match self.place(incoming, ops.len())? {
                Place::Next => {
                    self.take(place, incoming);
                    outcomes.push(OpOutcome::Fork);
                }
                Place::Known(outcome) => outcomes.push(outcome),
                // what follows in this push hangs on this op and shares its fate
                Place::Gap => {
                    let gap = OpOutcome::Gap { expected: self.chain.next_seq };
                    outcomes.resize(ops.len(), gap);
                    whole = false;
                    break;
                }
                Place::Fork => {
                    outcomes.resize(ops.len(), OpOutcome::Fork);
                    whole = false;
                    break;
                }
            }
        }
        Ok((outcomes, whole))
    }

    fn place(&mut self, incoming: &Incoming, ahead: usize) -> Result<Place, StoreError> {
        let own = incoming.op.as_ref().ok().filter(|op| op.device == self.author.id && op.epoch == self.epoch);
        let seq = match own {
            Some(op) => op.seq,
            // unreadable: its place is where its hash lies, or after the op before it
            None => match self.seq_of(incoming.hash)? {
                Some(seq) => seq,
                None => self.before.map_or(self.chain.next_seq, |before| before + 1),
            },
        };
        self.before = Some(seq);
        if seq > self.chain.next_seq {
            return Ok(Place::Gap);
        }
        if seq < self.chain.next_seq {
            return self.known(seq, incoming.hash, ahead);
        }
        let follows = own.is_none_or(|op| op.prev == self.chain.last_hash) || {
            // before anybody is called a fork: the district's own row may be the damaged one
            let mended = self.mend_hash(seq - 1)?;
            own.is_some_and(|op| Some(op.prev) == mended)
        };
        Ok(if follows { Place::Next } else { Place::Fork })
    }

    /// The true hash of a stored op of the chain whose hash alone was damaged.
    fn mend_hash(&self, seq: u64) -> Result<Option<Hash32>, StoreError> {
        let (town, device) = (self.author.town.as_str(), self.author.id.as_bytes());
        mend_hash(self.tx, &[town.into(), device.into(), self.epoch.into(), seq.into()])
    }

    fn seq_of(&self, hash: Hash32) -> Result<Option<u64>, StoreError> {
        if let Some(fresh) = self.fresh.iter().find(|fresh| fresh.incoming.hash == hash) {
            return Ok(Some(fresh.seq));
        }
        let row = self.tx.first(
            "SELECT seq FROM op WHERE town = $1 AND device = $2 AND epoch = $3 AND hash = $4 AND server_seq IS NULL",
            &[
                self.author.town.as_str().into(),
                self.author.id.as_bytes().into(),
                self.epoch.into(),
                hash.as_bytes().into(),
            ],
        )?;
        row.map(|mut row| row.uint()).transpose()
    }

    /// The fate that an op had when it came first. Its neighbours are read with
    /// it: a repeated push repeats them all.
    fn known(&mut self, seq: u64, hash: Hash32, ahead: usize) -> Result<Place, StoreError> {
        if let Some(fresh) = self.fresh.iter().find(|fresh| fresh.seq == seq) {
            let same = fresh.incoming.hash == hash;
            return Ok(if same { Place::Known(fresh.outcome()) } else { Place::Fork });
        }
        if !self.known.contains_key(&seq) {
            self.read_known(seq, ahead as u64)?;
        }
        let Some(known) = self.known.get(&seq) else { return Ok(Place::Fork) };
        if known.hash != hash && self.mend_hash(seq)? != Some(hash) {
            return Ok(Place::Fork);
        }
        let outcome = match (known.server_seq, &known.reject_code) {
            (Some(server_seq), None) => OpOutcome::Duplicate { server_seq, issue: known.issue.clone() },
            (None, Some(code)) => RejectCode::from_name(code).ok_or(StoreError::Damaged("op"))?.outcome(),
            _ => return Err(StoreError::Damaged("op")),
        };
        Ok(Place::Known(outcome))
    }

    fn read_known(&mut self, from: u64, count: u64) -> Result<(), StoreError> {
        let rows = self.tx.query_as(
            "op",
            "SELECT seq, hash, server_seq, issue, reject_code FROM op \
             WHERE town = $1 AND device = $2 AND epoch = $3 AND seq >= $4 AND seq < $5",
            &[
                self.author.town.as_str().into(),
                self.author.id.as_bytes().into(),
                self.epoch.into(),
                from.into(),
                (from + count).into(),
            ],
        )?;
        for mut row in rows {
            let seq = row.uint()?;
            let known = Known {
                hash: Hash32(row.bytes()?),
                server_seq: row.opt_int()?.and_then(|place| u64::try_from(place).ok()),
                issue: row.opt_text()?,
                reject_code: row.opt_text()?,
            };
            self.known.insert(seq, known);
        }
        Ok(())
    }

    /// Judges the next op of the chain, which takes it whatever the judgement.
    fn take(&mut self, place: usize, incoming: &'o Incoming) {
        let judged = self.judge(incoming);
        if let Ok((op, _)) = &judged {
            self.taken_ids.insert(*op.id.as_bytes());
        }
        self.fresh.push(Fresh { place, seq: self.chain.next_seq, incoming, judged, server_seq: None });
        self.chain = Chain { next_seq: self.chain.next_seq + 1, last_hash: incoming.hash };
    }

    /// Whether the op may enter its scope's log, and with which issue.
    fn judge(&self, incoming: &'o Incoming) -> Result<(&'o Op, Option<&'static str>), RejectCode> {
        let op = incoming.op.as_ref().map_err(|code| *code)?;
        if let Some(code) = incoming.body {
            return Err(code);
        }
        if op.device != self.author.id || op.epoch != self.epoch {
            return Err(RejectCode::BadOp);
        }
        if self.author.revoked_at_ms.is_some() {
            return Err(RejectCode::DeviceRevoked);
        }
        if !allows(self.author.town, &self.author.scopes, op.scope) {
            return Err(RejectCode::ScopeDenied);
        }
        if self.taken_ids.contains(op.id.as_bytes()) {
            // the same bytes would have been found at their place in the chain
            return Err(RejectCode::IdReused);
        }
        let ahead = op.recorded_at.saturating_sub(self.now_ms) > CLOCK_AHEAD_MAX_MS;
        Ok((op, ahead.then_some(ISSUE_TIME_SUSPECT)))
    }

    /// Gives each accepted op its place. The scopes' rows are held from here to
    /// the end, in one order for all pushes.
    fn give_places(&mut self) -> Result<(), StoreError> {
        let mut by_scope: BTreeMap<Scope, Vec<usize>> = BTreeMap::new();
        for (place, fresh) in self.fresh.iter().enumerate() {
            if let Ok((op, _)) = &fresh.judged {
                by_scope.entry(op.scope).or_default().push(place);
            }
        }
        for (scope, places) in by_scope {
            let mut row = ScopeRow::locked(self.tx, self.author.town, scope)?;
            let mut hashes = Vec::with_capacity(places.len());
            for (server_seq, place) in (row.size() + 1..).zip(places) {
                self.fresh[place].server_seq = Some(server_seq);
                hashes.push(self.fresh[place].incoming.hash);
            }
            row.append(self.tx, &hashes)?;
        }
        Ok(())
    }

    fn store(&self) -> Result<(), StoreError> {
        let town = self.author.town.as_str();
        let rows: Vec<Vec<Value<'_>>> = self
            .fresh
            .iter()
            .map(|fresh| {
                let (op, issue) = fresh.judged.as_ref().map_or((None, None), |(op, issue)| (Some(*op), *issue));
                let reject = fresh.judged.as_ref().err();
                // an op above the limit is kept by its author alone
                let bytes: &[u8] = if reject == Some(&RejectCode::TooLarge) { &[] } else { &fresh.incoming.bytes };
                vec![
                    town.into(),
                    self.author.id.as_bytes().into(),
                    self.epoch.into(),
                    fresh.seq.into(),
                    fresh.incoming.hash.as_bytes().into(),
                    op.map(|op| op.id.as_bytes()).into(),
                    op.map(|op| op.scope.as_str()).into(),
                    fresh.server_seq.into(),
                    issue.into(),
                    reject.map(|code| code.name()).into(),
                    self.now_ms.into(),
                    Value::Int(0),
                    bytes.into(),
                ]
            })
            .collect();
        self.tx.insert(&OP, &rows)?;
        let taken: Vec<Taken<'_>> = self.fresh.iter().filter_map(Fresh::taken).collect();
        brand::note_releases(self.tx, self.author.town, &taken)
    }
}

impl<'o> Fresh<'o> {
    fn taken(&self) -> Option<Taken<'o>> {
        let (op, _) = self.judged.as_ref().ok()?;
        Some(Taken { server_seq: self.server_seq?, op })
    }

    fn outcome(&self) -> OpOutcome {
        match (&self.judged, self.server_seq) {
            (Ok((_, None)), Some(server_seq)) => OpOutcome::Accepted { server_seq },
            (Ok((_, Some(kind))), Some(server_seq)) => {
                OpOutcome::AcceptedWithIssue { server_seq, kind: (*kind).to_owned() }
            }
            (Err(code), _) => code.outcome(),
            // its place is given before anybody hears of it
            (Ok(_), None) => OpOutcome::Fork,
        }
    }
}
