//! The sync centre: are both sides equal, what waits, what came back.

use super::{OpLine, SyncStatus};
use crate::contract::shape;

shape! {
    /// The sync centre: what the pill says, and everything behind it.
    pub struct SyncCentre {
        /// State and counts.
        pub status: SyncStatus,
        /// What a running round is doing, in words, e.g. 正在发送记录.
        pub phase: Option<String>,
        /// How far a running round is.
        pub progress: Option<SyncProgress>,
        /// Whether this PC and the district hold the same.
        pub equality: Equality,
        /// Operations that wait, by kind, most first.
        pub waiting: Vec<WaitingKind>,
        /// The oldest waiting operation, local time.
        pub waiting_since: Option<String>,
        /// Waiting operations, oldest first, at most 100.
        pub pending: Vec<OpLine>,
        /// Photos and other files on their way.
        pub files: FileLane,
        /// Operations that the district did not take, newest first, at most 100.
        pub refused: Vec<RefusedOp>,
        /// Operations from others that this PC could not read or that contradict their own history, newest first, at
        /// most 100.
        pub set_aside: Vec<SetAsideOp>,
        /// Issues that this user may settle (核对裁定).
        pub issues: u32,
        /// The town's PCs as last heard from the district, this one first.
        pub pcs: Vec<TownPc>,
        /// The right to spend offline, by village.
        pub rights: Vec<RightLine>,
        /// What the district publishes down, as it lies here.
        pub published: Vec<PublishedLine>,
        /// U盘 exports and imports, newest first, at most 20.
        pub bundles: Vec<super::BundleLine>,
        /// How it connects.
        pub settings: SyncSettings,
    }
}

shape! {
    /// How far a running round is.
    pub struct SyncProgress {
        /// Operations sent and received so far.
        pub done_ops: u64,
        /// Operations to move in all, as far as known.
        pub total_ops: u64,
        /// Bytes on the wire so far.
        pub bytes: u64,
        /// Operations a second.
        pub ops_per_s: u32,
        /// Seconds left, once that can be told.
        pub remaining_s: Option<u32>,
    }
}

shape! {
    /// Proof that this PC and the district hold the same operations.
    pub struct Equality {
        /// True when proven after the last round and nothing was written since.
        pub equal: bool,
        /// When it was proven last, local time.
        pub proven_at: Option<String>,
        /// The sentence, e.g. 与区平台一致，09:12，共 12,345 条, of the past where nothing is exchanged now
        /// (截至 09:12 与区平台一致); else why not.
        pub words: String,
        /// Village by village, the town's own first.
        pub scopes: Vec<ScopeEquality>,
    }
}

shape! {
    /// One village's (or the town's own) share of the proof.
    pub struct ScopeEquality {
        /// Village or town code.
        pub scope: String,
        /// Its name.
        pub name: String,
        /// Operations here that have their place in the district's order.
        pub ops: u64,
        /// Operations there, as of the last answer.
        pub district_ops: Option<u64>,
        /// First 16 hexadecimal digits of the root over all of them; read out by telephone, equal on all PCs.
        pub root: String,
        /// True when both roots are the same.
        pub equal: bool,
    }
}

shape! {
    /// Waiting operations of one kind.
    pub struct WaitingKind {
        /// In words, e.g. 记分.
        pub what: String,
        /// How many.
        pub ops: u32,
    }
}

shape! {
    /// Files on their way: an own lane, never before the records.
    pub struct FileLane {
        /// Files to send.
        pub to_send: u32,
        /// Their bytes still to send.
        pub to_send_bytes: u64,
        /// Files to fetch.
        pub to_fetch: u32,
        /// Their bytes still to fetch, as far as known.
        pub to_fetch_bytes: u64,
        /// Why nothing moves, in words with the next step, e.g. the quota is used up.
        pub held_up: Option<String>,
    }
}

shape! {
    /// An operation that the district did not take.
    pub struct RefusedOp {
        /// Operation id.
        pub op: String,
        /// Key of its issue: there stand its whole content and the ways on.
        pub issue: String,
        /// When it was recorded, local time.
        pub at: String,
        /// Who.
        pub actor: String,
        /// What, e.g. 记分 40 人.
        pub what: String,
        /// Why, in words.
        pub reason: String,
        /// Who marked it as seen, and when; absent while nobody has.
        pub seen: Option<String>,
    }
}

shape! {
    /// An operation that came from another PC and was put aside.
    pub struct SetAsideOp {
        /// Village or town.
        pub scope_name: String,
        /// Its place in the district's order.
        pub server_seq: u64,
        /// When it arrived, local time.
        pub at: String,
        /// Label of the PC that wrote it, where that can be read.
        pub from: Option<String>,
        /// Why, in words.
        pub why: String,
        /// Key of its issue.
        pub issue: String,
    }
}

shape! {
    /// A PC of the town.
    pub struct TownPc {
        /// Device id.
        pub device: String,
        /// Label.
        pub label: String,
        /// Short fingerprint to compare by telephone.
        pub fingerprint: String,
        /// True for this PC.
        pub this_device: bool,
        /// Enrolled at, local time.
        pub enrolled_at: String,
        /// Newest thing heard of it (this PC: last receipt; others: their newest record here), local time.
        pub last_heard: Option<String>,
        /// True when it has the town's keys.
        pub has_keys: bool,
        /// True when the district has withdrawn it.
        pub revoked: bool,
    }
}

shape! {
    /// Who holds the right to spend offline in a village.
    #[derive(Copy, PartialEq, Eq)]
    pub enum RightHolder {
        /// This PC.
        Here,
        /// Another PC.
        Elsewhere,
        /// Nobody.
        Nobody,
    }
}

shape! {
    /// The right to spend (redeem, give, pay) offline in one village without waiting for the district.
    pub struct RightLine {
        /// Village or town code.
        pub scope: String,
        /// Its name.
        pub name: String,
        /// Where it lies.
        pub holder: RightHolder,
        /// Label of the other PC.
        pub holder_label: Option<String>,
        /// This PC has asked for it and waits.
        pub asked_here: bool,
        /// Another PC has asked for it.
        pub wanted_elsewhere: bool,
    }
}

shape! {
    /// Names scopes whose right is asked for or given back; the next round carries it.
    pub struct RightsChange {
        /// Village or town codes, 1–200.
        pub scopes: Vec<String>,
    }
}

shape! {
    /// A document that the district publishes.
    pub struct PublishedLine {
        /// What it is, e.g. 工作日表.
        pub title: String,
        /// Version, from 1; absent while none has arrived.
        pub version: Option<u64>,
        /// When it was published, local time.
        pub published_at: Option<String>,
    }
}

shape! {
    /// How the program reaches the network.
    #[derive(Copy, PartialEq, Eq)]
    pub enum ProxyMode {
        /// Directly.
        None,
        /// As the system says.
        System,
        /// By the address given.
        Url,
    }
}

shape! {
    /// How it connects.
    pub struct SyncSettings {
        /// True while a person has paused the exchange.
        pub paused: bool,
        /// Only on these networks, by this PC's own address there, e.g. 10.21.0.0/16; empty: on all.
        pub only_on: Vec<String>,
        /// The network by which the district is reached now, as a proposal for `only_on`.
        pub this_network: Option<String>,
        /// Proxy.
        pub proxy: ProxyMode,
        /// Its address, for `url`.
        pub proxy_url: Option<String>,
    }
}

shape! {
    /// Changes how it connects.
    pub struct SaveSyncSettings {
        /// Only on these networks; empty: on all. At most 20.
        pub only_on: Vec<String>,
        /// Proxy.
        pub proxy: ProxyMode,
        /// Its address, for `url`: http://host:port.
        pub proxy_url: Option<String>,
    }
}
