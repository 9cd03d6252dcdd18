//! Activities of the brand and of 诚信五进: sign-in lists, photographs, the matrix with its gaps.

use super::{brands::BrandFile, points::EvidenceFile, residents::ResidentLine, shape};

shape! {
    /// The five settings of 诚信五进.
    #[derive(Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum Setting {
        /// 社区.
        Community,
        /// 乡镇.
        Township,
        /// 企业.
        Enterprise,
        /// 校园.
        Campus,
        /// 家庭.
        Family,
    }
}

shape! {
    /// Where an activity stands.
    #[derive(Copy, PartialEq, Eq)]
    pub enum EventState {
        /// 计划中.
        Planned,
        /// 已举办.
        Held,
        /// 已取消.
        Cancelled,
    }
}

shape! {
    /// A window of the activities.
    pub struct EventsPage {
        /// Only this year, by the day held or planned.
        pub year: Option<u32>,
        /// Only this setting.
        pub setting: Option<Setting>,
        /// Only this state.
        pub state: Option<EventState>,
        /// Rows to skip.
        pub offset: u32,
        /// At most 500.
        pub limit: u32,
    }
}

shape! {
    /// An activity as lists show it.
    pub struct EventLine {
        /// Event id.
        pub event: String,
        /// Title.
        pub title: String,
        /// Setting.
        pub setting: Option<Setting>,
        /// Brand id.
        pub brand: Option<String>,
        /// Brand's name.
        pub brand_name: Option<String>,
        /// Where it stands.
        pub state: EventState,
        /// Day held, or planned.
        pub day: String,
        /// Place.
        pub place: String,
        /// People on the sign-in list.
        pub people: u32,
        /// Photographs.
        pub photos: u32,
        /// Cost in fen (0.01 yuan).
        pub cost_fen: Option<u64>,
        /// Planned day past and neither held nor cancelled.
        pub overdue: bool,
    }
}

shape! {
    /// Activities.
    pub struct Events {
        /// All that fit the filter.
        pub total: u32,
        /// The window, newest day first.
        pub rows: Vec<EventLine>,
    }
}

shape! {
    /// Names an activity.
    pub struct EventRef {
        /// Event id.
        pub event: String,
    }
}

shape! {
    /// Somebody on the sign-in list.
    pub struct Attendee {
        /// Attendance id.
        pub attendance: String,
        /// The resident, or nothing for a guest.
        pub resident: Option<ResidentLine>,
        /// A guest's name.
        pub guest: Option<String>,
    }
}

shape! {
    /// One activity.
    pub struct EventDetail {
        /// Head.
        pub line: EventLine,
        /// Planned day.
        pub planned_on: String,
        /// Day held.
        pub held_on: Option<String>,
        /// Plan.
        pub plan: String,
        /// Sign-in list, in the order of entry.
        pub attendees: Vec<Attendee>,
        /// Photographs.
        pub photos: Vec<BrandFile>,
        /// Who recorded it.
        pub recorded_by: String,
        /// Residents of the list that already have an award submitted or approved for a points activity of the same
        /// name and day.
        pub awarded: Vec<String>,
        /// What the scan of its texts for personal data and forbidden matters found.
        pub warnings: Vec<String>,
    }
}

shape! {
    /// Plans an activity, or changes one; absent fields stay.
    pub struct SaveEvent {
        /// Makes a repeated click harmless: a UUID.
        pub request_id: String,
        /// Absent for a new one, which needs a title and a planned day.
        pub event: Option<String>,
        /// Title, 1–60 characters.
        pub title: Option<String>,
        /// Setting.
        pub setting: Option<Setting>,
        /// Brand id.
        pub brand: Option<String>,
        /// Plan, up to 1,000 characters.
        pub plan: Option<String>,
        /// Place, up to 60 characters.
        pub place: Option<String>,
        /// Planned day.
        pub planned_on: Option<String>,
        /// Where it stands.
        pub state: Option<EventState>,
        /// Day held, not in the future; needed for 已举办.
        pub held_on: Option<String>,
        /// Cost in fen.
        pub cost_fen: Option<u64>,
    }
}

shape! {
    /// Changes the sign-in list.
    pub struct SignAttendance {
        /// Makes a repeated click harmless: a UUID.
        pub request_id: String,
        /// Event id.
        pub event: String,
        /// Residents to add; who is there already stays once. At most 2,000 people in all.
        pub residents: Vec<String>,
        /// Guests to add by name, 1–30 characters each.
        pub guests: Vec<String>,
        /// Attendance ids to take off.
        pub remove: Vec<String>,
    }
}

shape! {
    /// A sign-in list as .xlsx, .xls or .csv.
    pub struct ReadSignInFile {
        /// File name, shown only.
        pub file_name: String,
        /// Content, base64.
        pub content: String,
    }
}

shape! {
    /// What stands on the list, ready for `resolve_residents`.
    pub struct SignInLines {
        /// One person a line, cells joined by a space; a heading line is left out.
        pub lines: Vec<String>,
    }
}

shape! {
    /// Adds photographs.
    pub struct AddEventPhotos {
        /// Makes a repeated click harmless: a UUID.
        pub request_id: String,
        /// Event id.
        pub event: String,
        /// One caption for all, up to 60 characters.
        pub caption: String,
        /// 1–9 photographs; scaled, their location data removed.
        pub files: Vec<EvidenceFile>,
    }
}

shape! {
    /// Takes a photograph out; the log keeps that it was there.
    pub struct RemoveEventPhoto {
        /// Makes a repeated click harmless: a UUID.
        pub request_id: String,
        /// Event id.
        pub event: String,
        /// File id.
        pub file: String,
    }
}

shape! {
    /// A year of the matrix.
    pub struct EventMatrixPage {
        /// Year.
        pub year: u32,
    }
}

shape! {
    /// One cell of the matrix.
    pub struct MatrixCell {
        /// Quarter 1–4.
        pub quarter: u32,
        /// Activities held.
        pub held: u32,
        /// Activities planned and not yet held.
        pub planned: u32,
        /// The quarter has begun and nothing was held.
        pub gap: bool,
    }
}

shape! {
    /// One row of the matrix.
    pub struct MatrixRow {
        /// Setting.
        pub setting: Setting,
        /// Four quarters.
        pub cells: Vec<MatrixCell>,
        /// Held in the year.
        pub held: u32,
    }
}

shape! {
    /// 诚信五进 × quarter.
    pub struct EventMatrix {
        /// Year.
        pub year: u32,
        /// Five rows.
        pub rows: Vec<MatrixRow>,
        /// Gaps in all.
        pub gaps: u32,
    }
}
