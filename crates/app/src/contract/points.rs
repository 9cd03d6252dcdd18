//! Rules, recording, review, reversal.

use super::{residents::Entry, shape};

shape! {
    /// A rule version in the catalogue.
    pub struct RuleLine {
        /// Rule version id: what an award names.
        pub version_id: String,
        /// Code, e.g. A01.
        pub code: String,
        /// Version, from 1.
        pub version: u32,
        /// Category.
        pub category: String,
        /// Item.
        pub item: String,
        /// Whole points a unit.
        pub points: u32,
        /// Unit, e.g. 次.
        pub unit: String,
        /// Cap in words, e.g. 每月不超过 20 分.
        pub cap: Option<String>,
        /// Evidence asked for.
        pub evidence: Option<String>,
        /// 个人 or 家庭.
        pub subject: String,
        /// Months of validity.
        pub valid_months: Option<u32>,
        /// Basis.
        pub basis: Option<String>,
        /// In force from.
        pub in_force_from: String,
        /// False when superseded or retired.
        pub in_force: bool,
    }
}

shape! {
    /// The catalogue.
    pub struct Rules {
        /// By code, newest version first.
        pub rules: Vec<RuleLine>,
    }
}

shape! {
    /// Lines pasted from Excel or typed: who is meant?
    pub struct ResolveResidents {
        /// One person a line: name, ID number, or name and household number or village in any order.
        pub lines: Vec<String>,
        /// Prefer this village.
        pub village: Option<String>,
        /// Rule version, to see who can get points by it; optional.
        pub rule_version: Option<String>,
        /// Day of the act, for consent and caps.
        pub occurred_on: Option<String>,
    }
}

shape! {
    /// What a line turned out to be.
    pub struct ResolvedLine {
        /// The line as given.
        pub text: String,
        /// Exactly one: clear. Several: choose. None: not found.
        pub candidates: Vec<ResidentChoice>,
        /// Why there is none, in words.
        pub problem: Option<String>,
    }
}

shape! {
    /// A candidate for the entry grid.
    pub struct ResidentChoice {
        /// The person.
        pub line: super::residents::ResidentLine,
        /// Why no points can be recorded now (no consent, cap reached, same event recorded already), if so.
        pub blocked: Option<String>,
        /// Points left under the rule's cap in the period, when there is a cap.
        pub headroom_points: Option<u32>,
    }
}

shape! {
    /// Answers line by line.
    pub struct ResolvedResidents {
        /// In the order of the request.
        pub lines: Vec<ResolvedLine>,
    }
}

shape! {
    /// A photograph or scan, ≤ 8 MB, JPEG, PNG or PDF.
    pub struct EvidenceFile {
        /// File name, shown only.
        pub name: String,
        /// Content, base64.
        pub content: String,
    }
}

shape! {
    /// One row of the entry grid.
    pub struct PointsRow {
        /// Resident id.
        pub resident: String,
        /// How many units (1–99); 1 where absent.
        pub units: Option<u32>,
    }
}

shape! {
    /// Records one activity for many residents: submitted for review.
    pub struct RecordPoints {
        /// Makes a repeated click harmless: a UUID.
        pub request_id: String,
        /// Rule version id.
        pub rule_version: String,
        /// Day of the act, not in the future.
        pub occurred_on: String,
        /// Name of the activity, 1–100 characters.
        pub activity: String,
        /// At most 9 files.
        pub evidence: Option<Vec<EvidenceFile>>,
        /// 1–1,000 rows; each resident once.
        pub rows: Vec<PointsRow>,
        /// True: rows that cannot be recorded are left out and reported; false or absent: any fault refuses all.
        pub skip_faulty: Option<bool>,
    }
}

shape! {
    /// A row that was left out.
    pub struct LeftOut {
        /// Row, from 1.
        pub row: u32,
        /// Resident id.
        pub resident: String,
        /// Why.
        pub reason: String,
    }
}

shape! {
    /// What was recorded.
    pub struct PointsRecorded {
        /// Activity id.
        pub activity: String,
        /// Awards submitted.
        pub recorded: u32,
        /// Points submitted, whole points.
        pub points: i64,
        /// Rows left out.
        pub left_out: Vec<LeftOut>,
        /// Warnings, e.g. free text that should not name illnesses.
        pub warnings: Vec<String>,
    }
}

shape! {
    /// One award in the review queue.
    pub struct ReviewRow {
        /// Award and its why.
        pub entry: Entry,
        /// Village name.
        pub village_name: String,
        /// Why this user may not review it (own record, own household), if so.
        pub recusal: Option<String>,
        /// True when another record of the same resident, rule, day and activity exists.
        pub suspected_duplicate: bool,
    }
}

shape! {
    /// One activity in the review queue.
    pub struct ReviewGroup {
        /// Activity id.
        pub activity: String,
        /// Its name.
        pub name: String,
        /// Day of the act.
        pub occurred_on: String,
        /// Rule code and item.
        pub rule: String,
        /// Evidence asked for by the rule.
        pub evidence_rule: Option<String>,
        /// Evidence ids.
        pub evidence: Vec<String>,
        /// Who recorded it.
        pub recorded_by: String,
        /// When, local time.
        pub recorded_at: String,
        /// Sum of points.
        pub points: i64,
        /// Rows.
        pub rows: Vec<ReviewRow>,
    }
}

shape! {
    /// What waits for review.
    pub struct ReviewQueue {
        /// Oldest first, at most 200 groups.
        pub groups: Vec<ReviewGroup>,
        /// Awards waiting in all.
        pub waiting: u32,
    }
}

shape! {
    /// One decision.
    #[derive(Copy, PartialEq, Eq)]
    pub enum Decision {
        /// 通过.
        Approve,
        /// 退回.
        SendBack,
    }
}

shape! {
    /// Decides on awards.
    pub struct ReviewAwards {
        /// Makes a repeated click harmless: a UUID.
        pub request_id: String,
        /// Award ids, 1–1,000.
        pub awards: Vec<String>,
        /// The decision for all of them.
        pub decision: Decision,
        /// Reason; needed to send back.
        pub reason: Option<String>,
    }
}

shape! {
    /// What was decided.
    pub struct AwardsReviewed {
        /// Awards decided.
        pub decided: u32,
        /// Day from which approved ones count.
        pub effective_on: Option<String>,
        /// True when that day lies beyond the holiday table.
        pub provisional: bool,
    }
}

shape! {
    /// Reverses an approved award by an opposite transfer; the entry stays.
    pub struct ReverseAward {
        /// Makes a repeated click harmless: a UUID.
        pub request_id: String,
        /// Award id.
        pub award: String,
        /// Reason, 1–200 characters.
        pub reason: String,
    }
}

shape! {
    /// Names an activity recorded by this user, or all where absent.
    pub struct MyRecords {
        /// At most this many (1–200; 50 where absent).
        pub limit: Option<u32>,
    }
}

shape! {
    /// An activity that this user recorded.
    pub struct RecordedActivity {
        /// Activity id.
        pub activity: String,
        /// Its name.
        pub name: String,
        /// Day of the act.
        pub occurred_on: String,
        /// Rule code and item.
        pub rule: String,
        /// Rows effective or approved, waiting, sent back, reversed.
        pub effective: u32,
        /// Waiting.
        pub waiting: u32,
        /// Sent back.
        pub sent_back: u32,
        /// Rows that came back, with reasons.
        pub sent_back_rows: Vec<Entry>,
    }
}

shape! {
    /// What this user recorded.
    pub struct RecordedActivities {
        /// Newest first.
        pub activities: Vec<RecordedActivity>,
    }
}

shape! {
    /// Names a piece of evidence.
    pub struct EvidenceRef {
        /// Evidence id.
        pub evidence: String,
    }
}

shape! {
    /// The evidence.
    pub struct Evidence {
        /// image/jpeg, image/png or application/pdf.
        pub mime: String,
        /// Content, base64; absent when the photograph still lies on the PC that recorded it.
        pub content: Option<String>,
    }
}
