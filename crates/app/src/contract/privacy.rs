//! Consent texts, restriction, erasure, retention.

use super::{residents::ResidentLine, settling::IssueLink, shape};

shape! {
    /// The person's way: active → withdrawn → restricted → erased.
    #[derive(Copy, PartialEq, Eq)]
    pub enum PersonStage {
        /// 未登记同意.
        Without,
        /// 同意有效.
        Active,
        /// 已撤回同意: nothing is earned or spent.
        Withdrawn,
        /// 限制处理.
        Restricted,
        /// 已删除.
        Erased,
    }
}

shape! {
    /// A heading of a consent text with its paragraphs.
    pub struct ConsentTextSection {
        /// The heading.
        pub heading: String,
        /// The paragraphs.
        pub paragraphs: Vec<String>,
    }
}

shape! {
    /// A version of the consent text.
    pub struct ConsentText {
        /// Version as it is printed and registered.
        pub version: String,
        /// What the form is called.
        pub title: String,
        /// First day on which it is used.
        pub in_force_from: String,
        /// Whether it is the one in use today.
        pub current: bool,
        /// The text.
        pub sections: Vec<ConsentTextSection>,
    }
}

shape! {
    /// The bundled versions, newest first.
    pub struct ConsentTexts {
        /// The versions.
        pub texts: Vec<ConsentText>,
    }
}

shape! {
    /// Asks for a consent form.
    pub struct ConsentFormRequest {
        /// Version; the current one where absent.
        pub version: Option<String>,
        /// For whom; a blank form where absent.
        pub resident: Option<String>,
    }
}

shape! {
    /// Why data are restricted.
    #[derive(Copy, PartialEq, Eq)]
    pub enum RestrictReason {
        /// 已撤回同意，暂存待处理.
        Withdrawn,
        /// 本人对信息是否准确有异议.
        Disputed,
        /// 本人要求限制处理.
        Asked,
        /// 法律规定的保存期未满.
        KeptByLaw,
    }
}

shape! {
    /// Why data are erased.
    pub struct ErasureReason {
        /// Code.
        pub code: String,
        /// In words.
        pub name: String,
        /// The law.
        pub legal_basis: String,
        /// The person's consent still holds and contradicts it: it is withdrawn first.
        pub withdraw_first: bool,
    }
}

shape! {
    /// Restricts a person's data: nothing is recorded, earned or spent until it is lifted.
    pub struct RestrictResident {
        /// Makes a repeated click harmless: a UUID.
        pub request_id: String,
        /// Resident id.
        pub resident: String,
        /// Why.
        pub reason: RestrictReason,
        /// More about it; may be empty.
        pub note: String,
    }
}

shape! {
    /// Lifts a restriction.
    pub struct LiftRestriction {
        /// Makes a repeated click harmless: a UUID.
        pub request_id: String,
        /// Resident id.
        pub resident: String,
        /// Why.
        pub note: String,
    }
}

shape! {
    /// Asks for a person's data to be erased; another person confirms.
    pub struct AskErasure {
        /// Makes a repeated click harmless: a UUID.
        pub request_id: String,
        /// Resident id.
        pub resident: String,
        /// Why: a code of the plan's reasons.
        pub reason: String,
        /// More about it; may be empty.
        pub note: String,
    }
}

shape! {
    /// Refuses a request for erasure.
    pub struct RefuseErasure {
        /// Makes a repeated click harmless: a UUID.
        pub request_id: String,
        /// Resident id.
        pub resident: String,
        /// The request, as the desk lists it.
        pub asked: String,
        /// Why.
        pub note: String,
    }
}

shape! {
    /// Takes one's own request for erasure back.
    pub struct WithdrawErasure {
        /// Makes a repeated click harmless: a UUID.
        pub request_id: String,
        /// Resident id.
        pub resident: String,
        /// The request, as the desk lists it.
        pub asked: String,
        /// Why.
        pub note: String,
    }
}

shape! {
    /// Asks what an erasure would do.
    pub struct ErasurePlanOf {
        /// Resident id.
        pub resident: String,
        /// The page that shows it already asks again. Looked at by the same user on the same day before, it leaves no
        /// second line in the audit.
        pub reload: bool,
    }
}

shape! {
    /// Confirms a request for erasure. It cannot be taken back.
    pub struct EraseResident {
        /// Makes a repeated click harmless: a UUID.
        pub request_id: String,
        /// Resident id.
        pub resident: String,
        /// The request, as the desk lists it.
        pub asked: String,
        /// Activities of many whose names mention the person: their names and photographs are destroyed too.
        pub also: Vec<String>,
    }
}

shape! {
    /// What an erasure did.
    pub struct ResidentErased {
        /// Records of the person that were erased.
        pub records: u32,
        /// Activities whose names and photographs went with them.
        pub activities: u32,
        /// Photographs and scans of them.
        pub files: u32,
        /// Whether the file's pages are written anew already; else it is done at the next start.
        pub scrubbed: bool,
        /// Whether other PCs hear of it by sync.
        pub reaches_others: bool,
    }
}

shape! {
    /// A text of others in which the person's name or number stands; an erasure does not reach it.
    pub struct Mention {
        /// What holds it, in words.
        pub place: String,
        /// The text.
        pub text: String,
        /// The activity, where its text can be destroyed with the person.
        pub activity: Option<String>,
        /// Where the text is corrected or taken out; absent where it only stands in the history.
        pub link: Option<IssueLink>,
    }
}

shape! {
    /// What an erasure would do.
    pub struct ErasurePlan {
        /// Head of the person.
        pub line: ResidentLine,
        /// Where the person stands.
        pub stage: PersonStage,
        /// Reasons to choose from.
        pub reasons: Vec<ErasureReason>,
        /// Everything that goes, in words with counts.
        pub gone: Vec<String>,
        /// What stays, in words.
        pub kept: Vec<String>,
        /// Records of the person: the one that is kept and those merged into it.
        pub records: u32,
        /// Activities that nobody else took part in: their names and photographs go too.
        pub activities: u32,
        /// Photographs and scans of them.
        pub files: u32,
        /// Service orders that are neither credited nor cancelled.
        pub running_orders: u32,
        /// Awards that wait for a review.
        pub waiting_awards: u32,
        /// Effective points that can be used no more.
        pub points: i64,
        /// Minutes that can be used no more.
        pub available_min: i64,
        /// Where the name still stands afterwards.
        pub mentions: Vec<Mention>,
        /// The request that waits for a second person.
        pub asked: Option<ErasureAsked>,
        /// What was done about this person's data, oldest first.
        pub steps: Vec<DataStep>,
        /// Why it cannot be asked for or confirmed now.
        pub blocked: Option<String>,
    }
}

shape! {
    /// A request for erasure that waits for a second person.
    pub struct ErasureAsked {
        /// Whose.
        pub line: ResidentLine,
        /// The request.
        pub asked: String,
        /// Why, in words.
        pub reason: String,
        /// More about it.
        pub note: String,
        /// Who asked.
        pub asked_by: String,
        /// When, local time.
        pub asked_at: String,
        /// Why this user cannot decide about it.
        pub recusal: Option<String>,
        /// It is this user's own, who may take it back.
        pub own: bool,
    }
}

shape! {
    /// Somebody whose data are restricted.
    pub struct RestrictedPerson {
        /// Whose.
        pub line: ResidentLine,
        /// Why, in words.
        pub reason: String,
        /// More about it.
        pub note: String,
        /// Since when, local time.
        pub since: String,
        /// Day by which somebody looks at it again.
        pub review_on: String,
        /// Whether that day is over.
        pub due: bool,
    }
}

shape! {
    /// Somebody who withdrew the consent and of whom nothing more was decided.
    pub struct WithdrawnPerson {
        /// Whose.
        pub line: ResidentLine,
        /// Day of the withdrawal.
        pub withdrawn_on: String,
        /// Day by which the data are erased or restricted.
        pub due_on: String,
        /// Whether that day is over.
        pub due: bool,
    }
}

shape! {
    /// A step that was taken about a person's data.
    pub struct DataStep {
        /// Resident id.
        pub resident: String,
        /// Name; 已删除 after an erasure.
        pub name: String,
        /// What, in words.
        pub what: String,
        /// Why, in words.
        pub reason: String,
        /// By whom.
        pub actor: String,
        /// When, local time.
        pub at: String,
        /// It came second and changed nothing.
        pub lost: bool,
    }
}

shape! {
    /// Somebody erased about whom another PC, which had not heard of it, sent something afterwards.
    pub struct LeftAfterErasure {
        /// Resident id.
        pub resident: String,
        /// Village name.
        pub village_name: String,
        /// Activities of this person alone that came, and closed sign-ins of theirs that are still readable.
        pub activities: u32,
    }
}

shape! {
    /// Erases what came after an erasure.
    pub struct FinishErasure {
        /// Makes a repeated click harmless: a UUID.
        pub request_id: String,
        /// Resident id.
        pub resident: String,
    }
}

shape! {
    /// The privacy desk.
    pub struct PrivacyDesk {
        /// Requests for erasure that wait, oldest first.
        pub asked: Vec<ErasureAsked>,
        /// Withdrawn and not dealt with, longest ago first.
        pub withdrawn: Vec<WithdrawnPerson>,
        /// Restricted, last first.
        pub restricted: Vec<RestrictedPerson>,
        /// The last steps, newest first.
        pub steps: Vec<DataStep>,
        /// What came after an erasure and has to follow it.
        pub left: Vec<LeftAfterErasure>,
        /// People erased in all.
        pub erased: u32,
    }
}

shape! {
    /// How long something is kept.
    pub struct RetentionRule {
        /// Code.
        pub code: String,
        /// What.
        pub name: String,
        /// At least or at most, with the months, in words.
        pub term: String,
        /// The law.
        pub basis: String,
        /// In force from.
        pub from: String,
        /// What happens at the end, in words.
        pub at_end: String,
        /// How much is due now.
        pub due: u32,
        /// Whether it is done from here; else it is looked at by a person or only kept.
        pub applicable: bool,
    }
}

shape! {
    /// How long what is kept, and what is due.
    pub struct Retention {
        /// The rules in force.
        pub rules: Vec<RetentionRule>,
    }
}

shape! {
    /// Does what is due under some rules.
    pub struct ApplyRetention {
        /// Makes a repeated click harmless: a UUID.
        pub request_id: String,
        /// Codes of the rules.
        pub codes: Vec<String>,
    }
}

shape! {
    /// What was done.
    pub struct RetentionApplied {
        /// A sentence for each rule.
        pub done: Vec<String>,
    }
}
