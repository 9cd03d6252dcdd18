//! Search, the list, one resident, consent.

use super::shape;

shape! {
    /// The one search box.
    pub struct Search {
        /// What was typed: name, pinyin, household number, last four, address part; several words are joined by AND.
        pub text: String,
        /// At most this many (1–50; 20 where absent).
        pub limit: Option<u32>,
    }
}

shape! {
    /// A resident as lists show them: never a full number.
    pub struct ResidentLine {
        /// Resident id.
        pub id: String,
        /// Name; empty while this PC has not got the key yet.
        pub name: String,
        /// 男 or 女.
        pub sex: String,
        /// Full years today.
        pub age: Option<u32>,
        /// Masked ID number.
        pub id_masked: String,
        /// Masked telephone, empty when none.
        pub phone_masked: String,
        /// Village code.
        pub village: String,
        /// Village name.
        pub village_name: String,
        /// Household number.
        pub household_number: String,
        /// Relation to the head.
        pub relation: String,
        /// Masked address, empty when none.
        pub address_masked: String,
        /// Grid.
        pub grid: String,
        /// True with an active consent today.
        pub consent: bool,
    }
}

shape! {
    /// Hits of a search.
    pub struct SearchHits {
        /// Best first.
        pub hits: Vec<ResidentLine>,
        /// True when there are more than shown.
        pub more: bool,
        /// Service orders, needs, brands and activities that fit, best first, at most 12.
        pub records: Vec<RecordHit>,
    }
}

shape! {
    /// What a search can find beside people.
    #[derive(Copy, PartialEq, Eq)]
    pub enum RecordKind {
        /// 服务单.
        Order,
        /// 品牌.
        Brand,
        /// 活动.
        Event,
    }
}

shape! {
    /// A record that fits.
    pub struct RecordHit {
        /// What it is.
        pub kind: RecordKind,
        /// Its id.
        pub id: String,
        /// Name or number.
        pub title: String,
        /// One line about it.
        pub sub: String,
    }
}

shape! {
    /// A window of the list.
    pub struct ResidentsPage {
        /// Only this village; all where absent.
        pub village: Option<String>,
        /// Only residents with (true) or without (false) an active consent.
        pub consent: Option<bool>,
        /// First row, from 0.
        pub offset: u32,
        /// Rows, 1–500.
        pub limit: u32,
    }
}

shape! {
    /// A window of the list, ordered by village, household number, then entry.
    pub struct Residents {
        /// Rows of the whole list.
        pub total: u32,
        /// The window.
        pub rows: Vec<ResidentLine>,
    }
}

shape! {
    /// Names one resident.
    pub struct ResidentRef {
        /// Resident id.
        pub resident: String,
    }
}

shape! {
    /// Points of one account.
    pub struct AccountLine {
        /// "个人" or "家庭".
        pub subject: String,
        /// Effective today, whole points.
        pub effective_points: i64,
        /// Waiting for review or for their day, whole points.
        pub pending_points: i64,
        /// Sent back, whole points.
        pub sent_back_points: i64,
    }
}

shape! {
    /// State of an award as people say it.
    #[derive(Copy, PartialEq, Eq)]
    pub enum AwardState {
        /// 待审.
        Submitted,
        /// 被退回.
        SentBack,
        /// 已通过, 未到生效日.
        Approved,
        /// 已生效.
        Effective,
        /// 已冲正.
        Reversed,
    }
}

shape! {
    /// One award on an account: what, why and by whom.
    pub struct Entry {
        /// Award id.
        pub award: String,
        /// Day of the act, `YYYY-MM-DD`.
        pub occurred_on: String,
        /// "个人" or "家庭".
        pub subject: String,
        /// Name of the person who did it (differs from the page's resident on household accounts).
        pub who: String,
        /// Rule code.
        pub rule_code: String,
        /// Rule version.
        pub rule_version: u32,
        /// Rule item.
        pub item: String,
        /// Activity name.
        pub activity: String,
        /// Whole points.
        pub points: i64,
        /// State.
        pub state: AwardState,
        /// Day from which it counts.
        pub effective_on: Option<String>,
        /// Who recorded it.
        pub recorded_by: String,
        /// When it was recorded, local time.
        pub recorded_at: String,
        /// Who reviewed it.
        pub reviewed_by: Option<String>,
        /// Reason of sending back or of reversal.
        pub reason: Option<String>,
        /// True when the district refused the operation: never counted.
        pub refused_by_district: bool,
        /// Evidence ids.
        pub evidence: Vec<String>,
        /// Balance of the account after this entry, for entries that count.
        pub balance_after: Option<i64>,
    }
}

shape! {
    /// A consent.
    pub struct ConsentLine {
        /// Consent id.
        pub consent: String,
        /// Version of the consent text.
        pub version: String,
        /// Day given.
        pub given_on: String,
        /// 纸质签字 | 窗口当面.
        pub channel: String,
        /// 本人 | 监护人.
        pub given_by: String,
        /// Day withdrawn, when withdrawn.
        pub withdrawn_on: Option<String>,
    }
}

shape! {
    /// The resident's page.
    pub struct ResidentDetail {
        /// Head of the page.
        pub line: ResidentLine,
        /// The number by which the audit names this record.
        pub number: String,
        /// Under 14 today: consent is the guardian's.
        pub needs_guardian: bool,
        /// Person and household account.
        pub accounts: Vec<AccountLine>,
        /// Newest first, at most 500.
        pub entries: Vec<Entry>,
        /// Newest first.
        pub consents: Vec<ConsentLine>,
        /// Others of the household.
        pub household: Vec<ResidentLine>,
        /// Where the person stands: consent, restriction, erasure.
        pub stage: super::privacy::PersonStage,
        /// Whether a request for erasure waits for a second person.
        pub erasure_asked: bool,
        /// Why this resident can get no points now, when so.
        pub blocked: Option<String>,
        /// Records that were merged into this one, oldest merge first.
        pub merged: Vec<super::settling::MergedRecord>,
        /// The record that this one was merged into: it stands for the person.
        pub kept: Option<ResidentLine>,
        /// What of this resident waits for a decision (核对裁定), newest first, at most 20.
        pub issues: Vec<super::settling::IssueLine>,
    }
}

shape! {
    /// How a consent was given.
    #[derive(Copy, PartialEq, Eq)]
    pub enum ConsentChannel {
        /// 纸质签字.
        Paper,
        /// 窗口当面.
        Counter,
    }
}

shape! {
    /// Records that people gave their consent.
    pub struct GiveConsent {
        /// Makes a repeated click harmless: a UUID.
        pub request_id: String,
        /// Residents, 1–5,000.
        pub residents: Vec<String>,
        /// Version of the consent text, e.g. 2026-1.
        pub version: String,
        /// Day given, not in the future.
        pub given_on: String,
        /// How.
        pub channel: ConsentChannel,
        /// The guardian's name, needed for residents under 14 on that day.
        pub guardian: Option<String>,
    }
}

shape! {
    /// How many consents were recorded.
    pub struct ConsentsGiven {
        /// New consents.
        pub given: u32,
        /// Residents who had an active one already: nothing changed for them.
        pub already: u32,
    }
}

shape! {
    /// Withdraws every active consent of a resident, from today.
    pub struct WithdrawConsent {
        /// Makes a repeated click harmless: a UUID.
        pub request_id: String,
        /// Resident id.
        pub resident: String,
    }
}

shape! {
    /// Corrects a resident's telephone and address. What is absent or blank stays as it is, so that nobody has to see the
    /// one to correct the other.
    pub struct ChangeContact {
        /// Makes a repeated click harmless: a UUID.
        pub request_id: String,
        /// Resident id.
        pub resident: String,
        /// The new telephone.
        pub phone: Option<String>,
        /// The new address.
        pub address: Option<String>,
    }
}

shape! {
    /// Corrects a resident's name, after a look at the identity card.
    pub struct RenameResident {
        /// Makes a repeated click harmless: a UUID.
        pub request_id: String,
        /// Resident id.
        pub resident: String,
        /// The name as the card has it.
        pub name: String,
    }
}
