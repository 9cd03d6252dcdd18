//! What the tests of this crate stand on: a clock and randomness of their own, desks (stores of one
//! town) and an orderer that stands for the district.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use chrono::NaiveDate;
use rusqlite::Connection;
use tempfile::TempDir;
use zhenxin_domain::brand::BrandStep;
use zhenxin_domain::division::{Scope, VillageCode};
use zhenxin_domain::ids::{
    AwardId, BrandId, DeviceId, OpId, ResidentId, RuleVersionId, ServiceOrderId, ServiceTypeId, TimeGiftId, UserId,
};
use zhenxin_domain::ledger::Owner;
use zhenxin_domain::service_order::{ConfirmWay, Payer, Side, Step};
use zhenxin_domain::service_time::Coefficient;
use zhenxin_protocol::body::resident::Field;
use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::merkle::Peaks;
use zhenxin_protocol::op::Op;
use zhenxin_protocol::wire::heads::ScopeHead;
use zhenxin_protocol::wire::keys::{KeyPage, KeyRow, LanePlace};
use zhenxin_protocol::wire::ops::{ChainHead, HeadSignature, PageHead};

use crate::{
    AwardBatch, AwardDraft, AwardTo, BrandDraft, BrandRow, BrandTextsDraft, Clock, CreateOptions, Created, GiftDraft,
    HandedOut, IdSource, KdfCost, KeyringPolicy, NewUser, OrderDraft, OrderMove, Outbox, Page, Ports, Reader, Receipt,
    ResidentBatch, ResidentDraft, Review, ReviewDraft, RuleVersionDraft, ServiceTypeDraft, Store, StoreError,
    TimeTotals, Tx,
};

pub(crate) const TOWN: &str = "330211101";
pub(crate) const VILLAGES: [&str; 2] = ["330211101200", "330211101201"];
pub(crate) const PASSWORD: &str = "correct horse 7";
pub(crate) const START_MS: i64 = 1_767_592_800_000;

pub(crate) fn village(at: usize) -> VillageCode {
    VILLAGES[at % VILLAGES.len()].parse().unwrap()
}

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub(crate) struct FakeClock(AtomicI64);

impl FakeClock {
    pub(crate) fn advance(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::Relaxed);
    }
}

impl Clock for FakeClock {
    fn now_ms(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// SplitMix64 (Steele et al. 2014): the same seed gives the same ids.
pub(crate) struct SeededIds(Mutex<u64>);

impl IdSource for SeededIds {
    fn fill(&self, bytes: &mut [u8]) {
        let mut state = self.0.lock().unwrap();
        for chunk in bytes.chunks_mut(8) {
            *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = *state;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            chunk.copy_from_slice(&(z ^ (z >> 31)).to_le_bytes()[..chunk.len()]);
        }
    }
}

/// A store with its folder and its administrator.
pub(crate) struct Desk {
    pub(crate) store: Store,
    pub(crate) admin: UserId,
    pub(crate) clock: Arc<FakeClock>,
    pub(crate) ports: Ports,
    pub(crate) recovery_key: String,
    pub(crate) dir: TempDir,
}

pub(crate) fn ports(seed: u64) -> (Ports, Arc<FakeClock>) {
    let clock = Arc::new(FakeClock(AtomicI64::new(START_MS)));
    let ports = Ports { clock: clock.clone(), ids: Arc::new(SeededIds(Mutex::new(seed.wrapping_mul(1_000_003)))) };
    (ports, clock)
}

pub(crate) fn options() -> CreateOptions {
    CreateOptions {
        town: TOWN.parse().unwrap(),
        device_label: "综合办 1 号机".to_owned(),
        admin: NewUser { name: "王经办".to_owned(), duties: 0b1111, ..NewUser::default() },
        sign_in_name: "wang".to_owned(),
        password: PASSWORD.to_owned(),
        keyring: KeyringPolicy::Off,
        kdf: KdfCost::WEAK_FOR_TESTS,
    }
}

impl Desk {
    pub(crate) fn new(seed: u64) -> Self {
        let dir = TempDir::new().unwrap();
        let (ports, clock) = ports(seed);
        let Created { store, recovery_key, admin, .. } = Store::create(dir.path(), options(), &ports).unwrap();
        Self { store, admin, clock, ports, recovery_key: recovery_key.to_string(), dir }
    }

    pub(crate) fn write<T>(&self, f: impl FnOnce(&mut Tx<'_>) -> Result<T, StoreError>) -> T {
        self.clock.advance(1_000);
        self.store.write(self.admin, f).unwrap()
    }

    pub(crate) fn sql<T>(&self, f: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> T {
        self.store.read(|r| f(r.conn()).map_err(StoreError::from)).unwrap()
    }

    pub(crate) fn count(&self, sql: &str) -> i64 {
        self.sql(|conn| conn.query_row(sql, [], |row| row.get(0)))
    }

    pub(crate) fn resident(&self, village_at: usize, name: &str, id_number: &str) -> ResidentId {
        let draft = ResidentDraft::new(village(village_at))
            .household_no("12")
            .set(Field::Name, name)
            .set(Field::IdNumber, id_number)
            .set(Field::Phone, "13800001234")
            .set(Field::Address, "思源社区西5组127号");
        self.residents(&[draft])[0]
    }

    pub(crate) fn residents(&self, rows: &[ResidentDraft<'_>]) -> Vec<ResidentId> {
        self.write(|tx| tx.record_residents(ResidentBatch { rows, ..Default::default() })).residents
    }

    pub(crate) fn rule(&self, points: u32) -> RuleVersionId {
        self.write(|tx| tx.record_rules(&[rule(points)], None))[0].1
    }

    pub(crate) fn award(&self, resident: ResidentId, rule_version: RuleVersionId, amount_points: u32) -> AwardId {
        let rows = vec![AwardDraft { resident, to: AwardTo::Resident, amount_points }];
        self.write(|tx| tx.record_awards(batch(rule_version, rows))).awards[0]
    }

    pub(crate) fn review(&self, award: AwardId, decision: Review) {
        self.write(|tx| tx.review_awards(&[ReviewDraft { award, decision }]));
    }

    /// A proposed brand.
    pub(crate) fn brand(&self, name: &str) -> BrandId {
        let texts = BrandTextsDraft { name: Some(name.to_owned()), ..Default::default() };
        self.write(|tx| tx.record_brand(&BrandDraft { texts, ..Default::default() })).brand
    }

    pub(crate) fn move_brand(&self, brand: BrandId, step: BrandStep) {
        self.write(|tx| tx.move_brand(brand, step, Some("见会议纪要")));
    }

    pub(crate) fn brand_row(&self, brand: BrandId) -> BrandRow {
        self.store.read(|r| r.brand(brand)).unwrap().unwrap()
    }

    pub(crate) fn approve(&self, award: AwardId) {
        self.review(award, Review::Approve { effective_on: day("2026-01-12") });
    }
}

impl Desk {
    pub(crate) fn read<T>(&self, f: impl FnOnce(&Reader<'_>) -> Result<T, StoreError>) -> T {
        self.store.read(f).unwrap()
    }

    /// 陪同就医, a new type or the next version of one.
    pub(crate) fn service(&self, known: Option<ServiceTypeId>, percent: u32, from: &str) -> ServiceTypeId {
        let draft = ServiceTypeDraft {
            service_type: known,
            code: "F01".to_owned(),
            name: "陪同就医".to_owned(),
            coefficient: Coefficient::new(percent).unwrap(),
            in_force_from: day(from),
        };
        self.write(|tx| tx.record_service_type(&draft)).0
    }

    pub(crate) fn order(&self, draft: OrderDraft) -> ServiceOrderId {
        self.write(|tx| tx.post_orders(&[draft]))[0]
    }

    pub(crate) fn step_order(&self, order: ServiceOrderId, steps: &[Step]) {
        self.write(|tx| tx.move_orders(&[OrderMove { order, steps: steps.to_vec(), reason: None }]));
    }

    pub(crate) fn credit_order(&self, order: ServiceOrderId) {
        self.write(|tx| tx.credit_orders(&[order]));
    }

    pub(crate) fn give(&self, giver: ResidentId, to: Option<ResidentId>, amount_min: u32) -> TimeGiftId {
        let (relation, note) = (Some("子女".to_owned()), None);
        self.write(|tx| tx.give_minutes(&GiftDraft { giver, to, amount_min, relation, note }))
    }

    pub(crate) fn minutes(&self, owner: Owner) -> i64 {
        self.read(|r| r.minutes_balance(owner))
    }

    pub(crate) fn town_minutes(&self) -> TimeTotals {
        self.read(|r| r.time_totals(TOWN.parse().unwrap()))
    }
}

/// Two hours from nine o'clock on the 5th of January.
pub(crate) fn order_for(beneficiary: ResidentId, service_type: ServiceTypeId, payer: Payer) -> OrderDraft {
    OrderDraft {
        need: None,
        beneficiary,
        service_type,
        day: day("2026-01-05"),
        start_min: 540,
        planned_min: 120,
        payer,
        place: Some("区人民医院门诊".to_owned()),
        note: None,
    }
}

/// A returned slip with both signatures.
pub(crate) fn slip(volunteer: ResidentId, from_min: u16, to_min: u16) -> Vec<Step> {
    vec![
        Step::Take(volunteer),
        Step::SignIn(from_min),
        Step::SignOut(to_min),
        Step::Confirm(Side::Volunteer, ConfirmWay::Slip),
        Step::Confirm(Side::Beneficiary, ConfirmWay::Slip),
    ]
}

pub(crate) fn rule(points: u32) -> RuleVersionDraft {
    RuleVersionDraft {
        rule: None,
        version: 1,
        code: "A01".to_owned(),
        category: "志愿服务".to_owned(),
        item: "参加清洁家园".to_owned(),
        points,
        unit: "次".to_owned(),
        cap: None,
        evidence: None,
        subject: "person".to_owned(),
        valid_months: None,
        basis: None,
        in_force_from: day("2026-01-01"),
    }
}

pub(crate) fn batch(rule_version: RuleVersionId, rows: Vec<AwardDraft>) -> AwardBatch {
    AwardBatch {
        activity: None,
        activity_name: "清洁家园".to_owned(),
        rule_version,
        request: None,
        occurred_on: day("2026-01-05"),
        evidence: Vec::new(),
        rows,
    }
}

/// Stands for the district: gives each scope's operations a dense order and a tree, minds the chains, relays keys.
#[derive(Clone)]
pub(crate) struct Orderer {
    pub(crate) lineage: [u8; 16],
    scopes: BTreeMap<Scope, Vec<Vec<u8>>>,
    chains: BTreeMap<(DeviceId, u32), Vec<Hash32>>,
    chain_heads: BTreeMap<(DeviceId, u32, u64), HeadSignature>,
    verdicts: HashMap<OpId, Receipt>,
    epochs: BTreeMap<DeviceId, u32>,
    keys: Vec<KeyRow>,
}

impl Default for Orderer {
    fn default() -> Self {
        Self {
            lineage: LINEAGE,
            scopes: BTreeMap::new(),
            chains: BTreeMap::new(),
            chain_heads: BTreeMap::new(),
            verdicts: HashMap::new(),
            epochs: BTreeMap::new(),
            keys: Vec::new(),
        }
    }
}

pub(crate) const LINEAGE: [u8; 16] = [7; 16];
/// Seed of the key with which the orderer signs heads.
pub(crate) const DISTRICT_SEED: [u8; 32] = [77; 32];

/// What the orderer says about a batch as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pushed {
    /// Every operation has a receipt.
    Done,
    /// Earlier operations are missing.
    Gap(u64),
    /// Another operation stands at this place.
    Fork(u64),
}

/// Wrapped keys as the district's lanes give them.
pub(crate) fn arrive(desk: &Desk, rows: &[KeyRow]) -> crate::KeysApplied {
    let mut by_scope: BTreeMap<Scope, Vec<KeyRow>> = BTreeMap::new();
    rows.iter().for_each(|row| by_scope.entry(row.scope).or_default().push(row.clone()));
    let mut all = crate::KeysApplied::default();
    for (scope, rows) in by_scope {
        let reached = LanePlace { scope, after: rows.len() as u64, chain: Hash32::ZERO };
        let applied = desk.store.apply_key_page(&KeyPage { reached, rows, more: false, other_lane: None }).unwrap();
        all.new += applied.new;
        all.waiting += applied.waiting;
        all.tombstones += applied.tombstones;
    }
    all
}

/// A page of these operations, as a district would give it.
pub(crate) fn page_of(scope: Scope, lineage: [u8; 16], order: &[Vec<u8>], after: u64, page_ops: usize) -> Page {
    let end = order.len().min((after as usize).saturating_add(page_ops));
    let mut peaks = Peaks::new();
    order[..end].iter().for_each(|bytes| peaks.append(&Op::hash_of(bytes)));
    let ops = (after + 1..).zip(order[after as usize..end].iter().cloned()).collect();
    let head = PageHead { size: peaks.size(), root: peaks.root() };
    Page { scope, lineage, ops, head, chain_heads: Vec::new(), issues: Vec::new() }
}

impl Orderer {
    /// The district after a restore from a backup: another name, the same epochs' numbers.
    pub(crate) fn restored(&self, backup: &Self, lineage: u8) -> Self {
        Self { lineage: [lineage; 16], epochs: self.epochs.clone(), ..backup.clone() }
    }

    /// Every desk gets every data key.
    pub(crate) fn introduce(desks: &[&Desk]) {
        for giver in desks {
            for key in giver.store.data_keys().unwrap() {
                for taker in desks {
                    let wrapped = giver.store.wrap_data_key(key, &taker.store.device_keys().seal_key).unwrap();
                    taker.store.accept_data_key(key, &wrapped).unwrap();
                }
            }
        }
    }

    pub(crate) fn push_keys(&mut self, desk: &Desk) {
        let rows = desk.store.dirty_keys(10_000).unwrap();
        desk.store.keys_pushed(&rows, &[]).unwrap();
        self.keys.extend(rows);
    }

    /// Takes up to `max` operations; `heard` says whether the receipts reach the desk.
    pub(crate) fn push(&mut self, desk: &Desk, max: usize, heard: bool, refuses: impl Fn(&Op) -> bool) {
        self.push_after(desk, &mut HandedOut::default(), max, heard, &refuses);
    }

    /// Takes up to `max` operations that were not handed out; whether anything was there. What is heard begins anew.
    fn push_after(
        &mut self,
        desk: &Desk,
        handed: &mut HandedOut,
        max: usize,
        heard: bool,
        refuses: &impl Fn(&Op) -> bool,
    ) -> bool {
        self.push_keys(desk);
        let outbox = desk.store.outbox(handed, max, 1 << 20).unwrap();
        let Some(last) = outbox.last else { return false };
        let (receipts, pushed) = self.take(&outbox, refuses);
        if !heard {
            handed.note(last);
            return true;
        }
        desk.store.take_receipts(&receipts).unwrap();
        let own = outbox.device == desk.store.device();
        match pushed {
            Pushed::Done => {}
            Pushed::Gap(expected) => {
                let reopened = desk.store.reopen_chain(outbox.device, outbox.epoch, expected).unwrap();
                match (reopened.dense, own) {
                    (true, _) => {}
                    (false, true) => self.new_epoch(desk),
                    // Its author alone can fill the hole.
                    (false, false) => handed.pass_over(outbox.device, outbox.epoch),
                }
            }
            Pushed::Fork(_) if own => self.new_epoch(desk),
            Pushed::Fork(seq) => {
                desk.store.refuse_fork(outbox.device, outbox.epoch, seq).unwrap();
            }
        }
        true
    }

    /// A fresh epoch, never the same twice.
    pub(crate) fn new_epoch(&mut self, desk: &Desk) {
        let device = desk.store.device();
        let last = self.epochs.entry(device).or_insert(1);
        *last = (*last).max(desk.store.epoch().unwrap()) + 1;
        desk.store.begin_epoch(*last).unwrap();
    }

    /// The receipts of a batch up to where its chain does not follow.
    pub(crate) fn take(&mut self, outbox: &Outbox, refuses: &impl Fn(&Op) -> bool) -> (Vec<(OpId, Receipt)>, Pushed) {
        let mut receipts = Vec::new();
        for (id, bytes) in &outbox.ops {
            let (op, hash) = (Op::from_bytes(bytes).unwrap(), Op::hash_of(bytes));
            let chain = self.chains.entry((op.device, op.epoch)).or_default();
            match chain.get(op.seq as usize - 1) {
                Some(present) if *present != hash => return (receipts, Pushed::Fork(op.seq)),
                Some(_) => {}
                None if chain.len() as u64 + 1 != op.seq => {
                    return (receipts, Pushed::Gap(chain.len() as u64 + 1));
                }
                None if chain.last().copied().unwrap_or(Hash32::ZERO) != op.prev => {
                    return (receipts, Pushed::Fork(op.seq));
                }
                None => chain.push(hash),
            }
            let receipt = match self.verdicts.get(id) {
                Some(receipt) => receipt.clone(),
                None => self.decide(bytes, refuses),
            };
            receipts.push((*id, receipt));
        }
        if let Some(last) = outbox.last {
            self.chain_heads.insert((last.device, last.epoch, last.seq), outbox.head.clone());
        }
        (receipts, Pushed::Done)
    }

    fn decide(&mut self, bytes: &[u8], refuses: &impl Fn(&Op) -> bool) -> Receipt {
        let op = Op::from_bytes(bytes).unwrap();
        let receipt = if refuses(&op) {
            Receipt::Rejected { code: "scope_denied".to_owned(), text: "不在授权范围".to_owned() }
        } else {
            let order = self.scopes.entry(op.scope).or_default();
            order.push(bytes.to_vec());
            Receipt::Accepted { server_seq: order.len() as u64, issue: None }
        };
        self.verdicts.insert(op.id, receipt.clone());
        receipt
    }

    pub(crate) fn pull_keys(&self, desk: &Desk) {
        arrive(desk, &self.keys);
    }

    /// One page of each scope; true where more is waiting. A desk whose disk was copied goes on in a new epoch.
    pub(crate) fn pull(&mut self, desk: &Desk, page_ops: usize) -> bool {
        self.pull_keys(desk);
        let cursors: HashMap<Scope, u64> = desk.store.cursors(&self.lineage).unwrap().into_iter().collect();
        let mut more = false;
        for scope in self.scopes.keys().copied().collect::<Vec<_>>() {
            let after = cursors.get(&scope).copied().unwrap_or(0);
            let page = self.page(scope, after, page_ops);
            more |= page.head.size < self.scopes[&scope].len() as u64;
            match desk.store.apply_page(&page) {
                Ok(_) => {}
                Err(StoreError::Forked) => {
                    self.new_epoch(desk);
                    more = true;
                }
                Err(error) => panic!("{error:?}"),
            }
        }
        more
    }

    /// A page with the authors' signatures that cover it.
    pub(crate) fn page(&self, scope: Scope, after: u64, page_ops: usize) -> Page {
        let mut page = page_of(scope, self.lineage, &self.scopes[&scope], after, page_ops);
        let mut last: BTreeMap<(DeviceId, u32), u64> = BTreeMap::new();
        for op in page.ops.iter().filter_map(|(_, bytes)| Op::from_bytes(bytes).ok()) {
            let seq = last.entry((op.device, op.epoch)).or_default();
            *seq = op.seq.max(*seq);
        }
        for ((device, epoch), seq) in last {
            let head = self.chain_heads.range((device, epoch, seq)..=(device, epoch, u64::MAX)).next();
            page.chain_heads.extend(head.map(|((device, epoch, seq), head)| ChainHead {
                device: *device,
                epoch: *epoch,
                seq: *seq,
                alg: head.alg.clone(),
                signature: head.signature.clone(),
            }));
        }
        page
    }

    pub(crate) fn order(&self, scope: Scope) -> &[Vec<u8>] {
        self.scopes.get(&scope).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn head(&self, scope: Scope) -> ScopeHead {
        let head = page_of(scope, self.lineage, self.order(scope), 0, usize::MAX).head;
        ScopeHead { scope, size: head.size, root: head.root }
    }

    /// The page after a cursor, whatever the desk has already; the cursor after it.
    pub(crate) fn deliver(&self, desk: &Desk, scope: Scope, after: u64, page_ops: usize) -> u64 {
        let page = self.page(scope, after, page_ops);
        desk.store.apply_page(&page).unwrap();
        page.head.size
    }

    pub(crate) fn deliver_everything_again(&self, desk: &Desk) {
        for scope in self.scopes.keys() {
            self.deliver(desk, *scope, 0, usize::MAX);
        }
        self.pull_keys(desk);
    }

    /// Until a desk has nothing to send.
    pub(crate) fn send_all(&mut self, desk: &Desk, refuses: impl Fn(&Op) -> bool) {
        let mut handed = HandedOut::default();
        while self.push_after(desk, &mut handed, 100, true, &refuses) {}
    }

    /// Until nobody has anything to send or to receive.
    pub(crate) fn settle(&mut self, desks: &[&Desk], refuses: impl Fn(&Op) -> bool) {
        desks.iter().for_each(|desk| self.send_all(desk, &refuses));
        for desk in desks {
            while self.pull(desk, 50) {}
        }
    }
}
