//! Credit brands: the dossier with its milestones, indicators, partners and evidence, and its way.

use super::{handover::HandoverLine, points::EvidenceFile, shape};

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
        /// Name, 2–30 characters; stays as it is once the brand is approved.
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
    /// Proposes a brand again that was sent back.
    pub struct ResubmitBrand {
        /// Makes a repeated click harmless: a UUID.
        pub request_id: String,
        /// Brand id.
        pub brand: String,
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
