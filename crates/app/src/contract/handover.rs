//! Packages for the district: asked for, reviewed, released.

use super::shape;

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
        /// Brand id; the active brand.
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
