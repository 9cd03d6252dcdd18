//! The query gate: what is masked is shown for a purpose, and who looked is kept.

use super::shape;

shape! {
    /// A field that is masked by default.
    #[derive(Copy, PartialEq, Eq)]
    pub enum PersonField {
        /// 公民身份号码.
        IdNumber,
        /// 联系电话.
        Phone,
        /// 住址.
        Address,
    }
}

shape! {
    /// A purpose for which masked fields may be looked at.
    pub struct QueryPurpose {
        /// Code.
        pub code: String,
        /// In words.
        pub name: String,
        /// The law that it rests on.
        pub legal_basis: String,
        /// True when the paper that authorises it must be named.
        pub needs_authorisation: bool,
    }
}

shape! {
    /// The purposes in force today.
    pub struct QueryPurposes {
        /// In the order of the list.
        pub purposes: Vec<QueryPurpose>,
    }
}

shape! {
    /// Shows masked fields of one resident. What is asked for is noted before it is shown.
    pub struct Reveal {
        /// Resident id.
        pub resident: String,
        /// What to show, each once.
        pub fields: Vec<PersonField>,
        /// Code of the purpose; may be absent with `again`.
        pub purpose: Option<String>,
        /// Why, in one sentence; may be absent with `again`.
        pub reason: Option<String>,
        /// The paper that authorises it: what and number.
        pub authorisation: Option<String>,
        /// True: purpose and reason of this user's last look at this resident today.
        pub again: bool,
    }
}

shape! {
    /// One field, whole.
    pub struct RevealedField {
        /// Which.
        pub field: PersonField,
        /// Its label.
        pub label: String,
        /// The whole value; empty when none is recorded.
        pub value: String,
        /// Other values that stand against it and wait for a decision.
        pub others: Vec<String>,
    }
}

shape! {
    /// What was shown, once; the program keeps no copy of it.
    pub struct Revealed {
        /// Resident id.
        pub resident: String,
        /// In the order asked.
        pub fields: Vec<RevealedField>,
        /// The purpose in words, to be offered again.
        pub purpose: String,
        /// The reason that was noted.
        pub reason: String,
    }
}

shape! {
    /// One look at a resident's masked fields.
    pub struct QueryLine {
        /// When, office time.
        pub at: String,
        /// Who.
        pub user_name: String,
        /// On which PC.
        pub device: String,
        /// Resident id.
        pub resident: String,
        /// The resident's masked name.
        pub resident_name: String,
        /// Village.
        pub village_name: String,
        /// What was shown, in words.
        pub fields: String,
        /// The purpose in words.
        pub purpose: String,
        /// The reason.
        pub reason: String,
        /// The paper that authorised it.
        pub authorisation: String,
    }
}

shape! {
    /// A window of the queries of the town.
    pub struct QueryPage {
        /// First day, `YYYY-MM-DD`.
        pub from: Option<String>,
        /// Last day, `YYYY-MM-DD`.
        pub to: Option<String>,
        /// First row, from 0.
        pub offset: u32,
        /// Rows, 1–500.
        pub limit: u32,
    }
}

shape! {
    /// Queries, newest first.
    pub struct QueryRows {
        /// Queries of the whole list.
        pub total: u32,
        /// The window.
        pub rows: Vec<QueryLine>,
    }
}

shape! {
    /// The queries about one resident, and what this user may repeat.
    pub struct ResidentQueries {
        /// Newest first.
        pub rows: Vec<QueryLine>,
        /// This user's last purpose and reason about this resident today.
        pub again: Option<QueryAgain>,
    }
}

shape! {
    /// A purpose and reason that can be used again.
    pub struct QueryAgain {
        /// Code of the purpose.
        pub purpose: String,
        /// The purpose in words.
        pub name: String,
        /// The reason.
        pub reason: String,
    }
}

shape! {
    /// In which form.
    #[derive(Copy, PartialEq, Eq)]
    pub enum ReportFormat {
        /// To be printed and handed over.
        Pdf,
        /// To be read by a program (个人信息保护法 45, transfer).
        Json,
        /// To be opened with Excel.
        Xlsx,
    }
}

shape! {
    /// Everything that is held about a resident, for that resident.
    pub struct HoldReport {
        /// Makes a repeated click harmless: a UUID.
        pub request_id: String,
        /// Resident id.
        pub resident: String,
        /// In which form.
        pub format: ReportFormat,
    }
}
