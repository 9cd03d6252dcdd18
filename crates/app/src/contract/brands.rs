//! Credit brands: the dossier, its milestones and indicators, activities, the matrix of the five settings, and the
//! package for the district.

use super::{points::EvidenceFile, residents::ResidentLine, shape};

shape! {
    /// Where a brand stands.
    #[derive(Copy, PartialEq, Eq)]
    pub enum BrandState {
        /// 申报中.
        Proposed,
        /// 已批准.
        Approved,
        /// 启用中.
        Active,
        /// 已退回.
        SentBack,
        /// 已退役.
        Retired,
    }
}

shape! {
    /// A brand as lists show it.
    pub struct BrandLine {
        /// Brand id.
        pub brand: String,
        /// Name.
        pub name: String,
        /// Slogan.
        pub slogan: String,
        /// Domain.
        pub domain: String,
        /// Owner unit.
        pub owner_unit: String,
        /// Where it stands.
        pub state: BrandState,
        /// Since when, local day.
        pub since: String,
        /// Who proposed it.
        pub proposed_by: String,
        /// Milestones reached.
        pub milestones_done: u32,
        /// Milestones in all.
        pub milestones: u32,
        /// A decision about it that came second and does not count, in words.
        pub lost: Option<String>,
    }
}

shape! {
    /// The town's brands.
    pub struct Brands {
        /// The active one first, then by state and day.
        pub brands: Vec<BrandLine>,
    }
}

shape! {
    /// Names a brand.
    pub struct BrandRef {
        /// Brand id.
        pub brand: String,
    }
}

shape! {
    /// How far a milestone is.
    #[derive(Copy, PartialEq, Eq)]
    pub enum MilestoneState {
        /// 计划中.
        Planned,
        /// 已完成.
        Done,
        /// 已取消.
        Dropped,
    }
}

shape! {
    /// A milestone.
    pub struct Milestone {
        /// Milestone id.
        pub milestone: String,
        /// What.
        pub title: String,
        /// Due day.
        pub due_on: String,
        /// How far.
        pub state: MilestoneState,
        /// When it was reached.
        pub done_on: Option<String>,
        /// Past its day and not reached.
        pub overdue: bool,
    }
}

shape! {
    /// A reading of an indicator.
    pub struct Reading {
        /// Day.
        pub on: String,
        /// Value, up to four decimals, as written: 98.5.
        pub value: String,
        /// Who read it.
        pub recorded_by: String,
    }
}

shape! {
    /// An indicator.
    pub struct Indicator {
        /// Indicator id.
        pub indicator: String,
        /// Name.
        pub name: String,
        /// Unit.
        pub unit: String,
        /// Value at the beginning.
        pub baseline: String,
        /// Value that is wanted.
        pub target: String,
        /// Readings, oldest first.
        pub readings: Vec<Reading>,
        /// Way from baseline to target that is done, whole percent, may be below 0 or above 100.
        pub progress_percent: Option<i32>,
    }
}

shape! {
    /// A partner.
    pub struct Partner {
        /// Partner id.
        pub partner: String,
        /// Unit.
        pub name: String,
        /// What it does.
        pub role: String,
    }
}

shape! {
    /// A file of the dossier.
    pub struct BrandFile {
        /// File id: what `evidence` asks for.
        pub file: String,
        /// Caption.
        pub caption: String,
        /// image/jpeg or application/pdf.
        pub mime: String,
        /// Length in bytes.
        pub bytes_len: u64,
        /// Whether the bytes are on this PC.
        pub here: bool,
    }
}

shape! {
    /// A yearly assessment.
    pub struct Assessment {
        /// Year.
        pub year: u32,
        /// Whether the brand is renewed.
        pub renewed: bool,
        /// Findings.
        pub text: String,
        /// Who assessed.
        pub assessed_by: String,
        /// Day.
        pub on: String,
    }
}

shape! {
    /// A step of a brand's way.
    pub struct BrandStepLine {
        /// When, local time.
        pub at: String,
        /// Who.
        pub actor: String,
        /// What, in words.
        pub text: String,
    }
}

shape! {
    /// One brand.
    pub struct BrandDetail {
        /// Head.
        pub line: BrandLine,
        /// Story.
        pub story: String,
        /// Objectives, a line each.
        pub objectives: Vec<String>,
        /// The mark.
        pub mark: Option<BrandFile>,
        /// By due day.
        pub milestones: Vec<Milestone>,
        /// In the order in which they were added.
        pub indicators: Vec<Indicator>,
        /// In the order in which they were added.
        pub partners: Vec<Partner>,
        /// Evidence.
        pub files: Vec<BrandFile>,
        /// Newest year first.
        pub assessments: Vec<Assessment>,
        /// Its way, oldest first.
        pub steps: Vec<BrandStepLine>,
        /// Packages for the district, newest first.
        pub handovers: Vec<HandoverLine>,
        /// What this user may do now.
        pub moves: Vec<BrandMove>,
        /// Why this user may not decide (proposed it themselves), if so.
        pub recusal: Option<String>,
        /// Years without an assessment while it was active, the current year from 1 November.
        pub assessments_due: Vec<u32>,
        /// What the scan of its texts for personal data and forbidden matters found; keeps a package from release.
        pub warnings: Vec<String>,
    }
}

shape! {
    /// Proposes a brand, or changes what its dossier says; absent fields stay.
    pub struct SaveBrand {
        /// Makes a repeated click harmless: a UUID.
        pub request_id: String,
        /// Absent for a new brand, which needs a name.
        pub brand: Option<String>,
        /// Name, 2–30 characters.
        pub name: Option<String>,
        /// Slogan, up to 60 characters.
        pub slogan: Option<String>,
        /// Domain, up to 60 characters.
        pub domain: Option<String>,
        /// Owner unit, up to 60 characters.
        pub owner_unit: Option<String>,
        /// Story, up to 4,000 characters.
        pub story: Option<String>,
        /// Objectives, up to 20 lines of 200 characters.
        pub objectives: Option<Vec<String>>,
        /// The mark, JPEG or PNG.
        pub mark: Option<EvidenceFile>,
    }
}

shape! {
    /// Adds or changes a milestone; absent fields stay.
    pub struct SaveMilestone {
        /// Makes a repeated click harmless: a UUID.
        pub request_id: String,
        /// Brand id.
        pub brand: String,
        /// Absent for a new one, which needs a title and a day.
        pub milestone: Option<String>,
        /// Title, 1–60 characters.
        pub title: Option<String>,
        /// Due day.
        pub due_on: Option<String>,
        /// How far.
        pub state: Option<MilestoneState>,
        /// When it was reached, not in the future; today where absent.
        pub done_on: Option<String>,
    }
}

shape! {
    /// Adds or changes an indicator; absent fields stay.
    pub struct SaveIndicator {
        /// Makes a repeated click harmless: a UUID.
        pub request_id: String,
        /// Brand id.
        pub brand: String,
        /// Absent for a new one, which needs everything.
        pub indicator: Option<String>,
        /// Name, 1–60 characters.
        pub name: Option<String>,
        /// Unit, 1–12 characters.
        pub unit: Option<String>,
        /// A number with up to four decimals.
        pub baseline: Option<String>,
        /// A number with up to four decimals.
        pub target: Option<String>,
    }
}

shape! {
    /// Reads an indicator.
    pub struct RecordReading {
        /// Makes a repeated click harmless: a UUID.
        pub request_id: String,
        /// Brand id.
        pub brand: String,
        /// Indicator id.
        pub indicator: String,
        /// Day, not in the future. A second reading of a day replaces the first.
        pub on: String,
        /// A number with up to four decimals.
        pub value: String,
    }
}

shape! {
    /// Adds or changes a partner.
    pub struct SavePartner {
        /// Makes a repeated click harmless: a UUID.
        pub request_id: String,
        /// Brand id.
        pub brand: String,
        /// Absent for a new one.
        pub partner: Option<String>,
        /// Unit, 1–60 characters.
        pub name: String,
        /// What it does, up to 200 characters.
        pub role: String,
    }
}

shape! {
    /// Takes a part out of the dossier; the log keeps it.
    pub struct RemoveBrandPart {
        /// Makes a repeated click harmless: a UUID.
        pub request_id: String,
        /// Brand id.
        pub brand: String,
        /// Milestone, indicator, partner or file id.
        pub part: String,
    }
}

shape! {
    /// Adds evidence to the dossier.
    pub struct AddBrandFiles {
        /// Makes a repeated click harmless: a UUID.
        pub request_id: String,
        /// Brand id.
        pub brand: String,
        /// One caption for all, 1–60 characters.
        pub caption: String,
        /// 1–9 files.
        pub files: Vec<EvidenceFile>,
    }
}

shape! {
    /// What can happen to a brand.
    #[derive(Copy, PartialEq, Eq)]
    pub enum BrandMove {
        /// 批准: by a second person.
        Approve,
        /// 退回: by a second person, with a reason.
        SendBack,
        /// 启用; replaces the active one where there is one.
        Activate,
        /// 退役, with a reason.
        Retire,
    }
}

shape! {
    /// Moves a brand on.
    pub struct MoveBrand {
        /// Makes a repeated click harmless: a UUID.
        pub request_id: String,
        /// Brand id.
        pub brand: String,
        /// What happens.
        pub step: BrandMove,
        /// For 启用: the brand that is active now and is replaced. Absent when none is.
        pub replaces: Option<String>,
        /// Why; needed for 退回 and 退役.
        pub reason: Option<String>,
    }
}

shape! {
    /// Assesses the active brand's year.
    pub struct AssessBrand {
        /// Makes a repeated click harmless: a UUID.
        pub request_id: String,
        /// Brand id.
        pub brand: String,
        /// Year, not in the future.
        pub year: u32,
        /// Whether it is renewed.
        pub renewed: bool,
        /// Findings, 1–1,000 characters.
        pub text: String,
    }
}

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

shape! {
    /// Where a package stands.
    #[derive(Copy, PartialEq, Eq)]
    pub enum HandoverState {
        /// 待审查.
        Requested,
        /// 已放行.
        Released,
        /// 已退回.
        SentBack,
    }
}

shape! {
    /// A package for the district.
    pub struct HandoverLine {
        /// Handover id.
        pub handover: String,
        /// Brand id.
        pub brand: String,
        /// Brand's name.
        pub brand_name: String,
        /// What for.
        pub purpose: String,
        /// Who asked.
        pub requested_by: String,
        /// When, local time.
        pub requested_at: String,
        /// Where it stands.
        pub state: HandoverState,
        /// Who reviewed.
        pub reviewed_by: Option<String>,
        /// When, local time.
        pub reviewed_at: Option<String>,
        /// Why it was sent back.
        pub reason: Option<String>,
        /// Why this user cannot review it, if so.
        pub recusal: Option<String>,
        /// SM3 of the text part that was released.
        pub digest: Option<String>,
    }
}

shape! {
    /// Packages.
    pub struct Handovers {
        /// Newest first.
        pub rows: Vec<HandoverLine>,
    }
}

shape! {
    /// Asks for a package to be handed to the district.
    pub struct RequestHandover {
        /// Makes a repeated click harmless: a UUID.
        pub request_id: String,
        /// Brand id; approved or active.
        pub brand: String,
        /// What for, 1–60 characters.
        pub purpose: String,
    }
}

shape! {
    /// Names a package.
    pub struct HandoverRef {
        /// Handover id.
        pub handover: String,
    }
}

shape! {
    /// What would be handed over: exactly the text that the district will be able to read, and its warnings.
    pub struct HandoverPreview {
        /// The package.
        pub line: HandoverLine,
        /// Label and text, in order.
        pub texts: Vec<LabelledText>,
        /// What the scan for personal data and forbidden matters found; must be empty to release.
        pub findings: Vec<String>,
        /// SM3 of exactly this text; named to release it.
        pub digest: String,
    }
}

shape! {
    /// A label and its text.
    pub struct LabelledText {
        /// Label.
        pub label: String,
        /// Text.
        pub text: String,
    }
}

shape! {
    /// Releases a package after the confidentiality review, or sends it back.
    pub struct ReviewHandover {
        /// Makes a repeated click harmless: a UUID.
        pub request_id: String,
        /// Handover id.
        pub handover: String,
        /// Released, or sent back.
        pub release: bool,
        /// To release: the digest of the preview that was read. Another text than that is not released.
        pub digest: Option<String>,
        /// Why; needed to send back.
        pub reason: Option<String>,
    }
}
