//! What two PCs, the district or the ledger left for a person to settle: one list, one detail, one way to decide.

use super::shape;

shape! {
    /// What an issue is about.
    #[derive(Copy, PartialEq, Eq)]
    pub enum IssueKind {
        /// 两处改了同一项: one field of a resident, two values.
        Field,
        /// 后到的没有生效: an act that came second, with its whole content.
        Lost,
        /// 疑似重复记分.
        DuplicateAward,
        /// 疑似同一居民.
        DuplicateResident,
        /// 撤销与修改相遇: somebody edited what somebody else took back.
        Deleted,
        /// 账户透支.
        Deficit,
        /// 一条需求几张单.
        RivalNeed,
        /// 超过年度上限.
        BeyondCap,
        /// 暂放的记录: an operation from the district that this program could not apply.
        SetAside,
        /// 被区平台退回.
        Refused,
        /// 缺少密钥: for more than a day.
        MissingKey,
        /// 时间可疑: recorded by a PC whose clock was far off.
        TimeSuspect,
        /// 停用后的记录: recorded by somebody whose account had been closed before.
        AfterRemoval,
        /// 无权限的账号变动: an account or the password policy changed by somebody who had not the duty for it.
        Unauthorised,
    }
}

shape! {
    /// A window of the issues.
    pub struct IssuesPage {
        /// Only this kind.
        pub kind: Option<IssueKind>,
        /// Only this village, 12 digits; issues of the whole town are left out then.
        pub village: Option<String>,
        /// False: what is open. True: what was decided, newest decision first.
        pub settled: bool,
        /// Rows to skip.
        pub offset: u32,
        /// Rows wanted, 1 to 200.
        pub limit: u32,
    }
}

shape! {
    /// How many issues of a kind are open.
    pub struct IssueCount {
        /// Kind.
        pub kind: IssueKind,
        /// The kind in words.
        pub label: String,
        /// Open ones, at most 1,000.
        pub open: u32,
    }
}

shape! {
    /// A window of the issues.
    pub struct Issues {
        /// Open ones by kind, in the whole town; kinds without any are left out.
        pub counts: Vec<IssueCount>,
        /// Rows that fit the filter.
        pub total: u32,
        /// The rows, newest first.
        pub rows: Vec<IssueLine>,
    }
}

shape! {
    /// One issue in the list.
    pub struct IssueLine {
        /// Key of the issue, to be handed back as it is.
        pub issue: String,
        /// Kind.
        pub kind: IssueKind,
        /// The kind in words.
        pub kind_label: String,
        /// Whom it concerns: a name, or what kind of thing where it is nobody.
        pub who: String,
        /// Masked ID number of that resident; empty where it is nobody or not known.
        pub id_masked: String,
        /// Village of that resident, or of the record; empty for the whole town.
        pub village_name: String,
        /// When it arose, local time.
        pub at: String,
        /// What differs, in one line, without an unmasked number.
        pub text: String,
        /// How it was settled, once it was.
        pub decided: Option<IssueVerdict>,
    }
}

shape! {
    /// What a person decided.
    pub struct IssueVerdict {
        /// The decision in words.
        pub label: String,
        /// When, local time.
        pub at: String,
        /// Who.
        pub actor: String,
        /// Why, where it was asked.
        pub reason: Option<String>,
    }
}

shape! {
    /// Names an issue.
    pub struct IssueRef {
        /// Key of the issue.
        pub issue: String,
    }
}

shape! {
    /// One issue with all that is needed to decide.
    pub struct IssueDetail {
        /// The line of the list.
        pub line: IssueLine,
        /// What happened and what stands now, in whole sentences.
        pub explanation: String,
        /// The values or records that stand against each other, the one that counts now first.
        pub sides: Vec<IssueSide>,
        /// The acts concerned with their whole content: what lost, what was refused, the spends of a deficit.
        pub contents: Vec<IssueContent>,
        /// Pages to look at.
        pub links: Vec<IssueLink>,
        /// What can be decided, the usual one first; empty where it closes by itself or was decided for good.
        pub decisions: Vec<IssueDecision>,
        /// What to do where nothing is to be decided here.
        pub advice: Option<String>,
    }
}

shape! {
    /// One of the values or records that stand against each other.
    pub struct IssueSide {
        /// The value, or the record in one line. Numbers are whole for who may decide, masked for others; a text whose
        /// key is missing reads （密钥未到）, an empty one （空）.
        pub value: String,
        /// Who wrote it.
        pub actor: String,
        /// When, local time.
        pub at: String,
        /// On which PC.
        pub device: String,
        /// Whether it is the one that counts now.
        pub current: bool,
        /// The record's own facts, label and value; empty for a plain value.
        pub facts: Vec<IssueFact>,
    }
}

shape! {
    /// A line of a record: label and value.
    pub struct IssueFact {
        /// Label.
        pub label: String,
        /// Value.
        pub value: String,
    }
}

shape! {
    /// An act with its whole content in plain words.
    pub struct IssueContent {
        /// What it was, e.g. 复核 1 条记分.
        pub title: String,
        /// Who.
        pub actor: String,
        /// When, local time.
        pub at: String,
        /// On which PC.
        pub device: String,
        /// Where it stands, e.g. 已接收，没有生效.
        pub status: String,
        /// Its content, label and value; at most 200 lines.
        pub facts: Vec<IssueFact>,
        /// Lines that were left out.
        pub more: u32,
    }
}

shape! {
    /// What a link leads to.
    #[derive(Copy, PartialEq, Eq)]
    pub enum IssueTarget {
        /// A resident's page.
        Resident,
        /// A resident's time account.
        TimeAccount,
        /// A service order.
        Order,
        /// A need.
        Need,
        /// A brand.
        Brand,
        /// An activity.
        Event,
        /// A package for the district.
        Handover,
        /// The sync centre.
        Sync,
        /// The accounts.
        Users,
    }
}

shape! {
    /// A page to look at.
    pub struct IssueLink {
        /// Which page.
        pub target: IssueTarget,
        /// Its id; empty for the sync centre and the accounts.
        pub id: String,
        /// Words of the link.
        pub label: String,
    }
}

shape! {
    /// One possible decision.
    pub struct IssueDecision {
        /// Code to hand back.
        pub code: String,
        /// Words of the button.
        pub label: String,
        /// What it does, one sentence; shown before it is done.
        pub effect: String,
        /// Whether a reason has to be given.
        pub needs_reason: bool,
        /// Why this user may not decide so (duty, recusal, already done elsewhere); the button is off then.
        pub barred: Option<String>,
    }
}

shape! {
    /// Decides an issue.
    pub struct DecideIssue {
        /// Made by the screen, so that a repeated click does it once.
        pub request_id: String,
        /// Key of the issue.
        pub issue: String,
        /// Code of one of its decisions.
        pub decision: String,
        /// Why, where it is needed; 2 to 200 characters.
        pub reason: Option<String>,
    }
}

shape! {
    /// What a decision changed.
    pub struct IssueDecided {
        /// What was done, one sentence.
        pub text: String,
        /// The issue after it.
        pub detail: IssueDetail,
        /// Open ones by kind after it.
        pub counts: Vec<IssueCount>,
        /// The next open issue of the same list, so that one key goes on; absent at the end.
        pub next: Option<String>,
    }
}

shape! {
    /// Open issues by kind.
    pub struct IssueCounts {
        /// All of them.
        pub open: u32,
        /// By kind; kinds without any are left out.
        pub counts: Vec<IssueCount>,
    }
}

shape! {
    /// A record that was merged into the one on the page.
    pub struct MergedRecord {
        /// The record as lists show it.
        pub line: super::residents::ResidentLine,
        /// When it was merged, local time.
        pub at: String,
        /// Who merged it.
        pub actor: String,
        /// Key of the issue whose detail takes the merge back.
        pub issue: String,
    }
}
