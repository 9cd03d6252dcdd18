//! First run, sign-in, users.

use super::shape;

shape! {
    /// No fields.
    pub struct Nothing {}
}

shape! {
    /// What the program is waiting for.
    pub enum Phase {
        /// No town on this machine yet.
        FirstRun,
        /// A town, nobody signed in.
        SignedOut,
        /// The town's file is damaged or missing, and backups are offered.
        Damaged,
        /// Somebody is signed in.
        Ready,
        /// Somebody is signed in and the curtain is down.
        Locked,
    }
}

shape! {
    /// Where the key of the encrypted file lies.
    pub enum KeyStorage {
        /// In the operating system's keyring.
        Keyring,
        /// Wrapped with each user's password (no keyring answered).
        Password,
    }
}

shape! {
    /// What a user may do: five business duties, and the three of 三员 (GB/T 22239: 系统管理, 安全管理, 审计) that
    /// keep each other in check.
    #[derive(Copy, PartialEq, Eq)]
    pub enum Duty {
        /// 录入: records points.
        Recorder,
        /// 复核: reviews what others recorded.
        Reviewer,
        /// 经办: rosters, consent, rules, papers.
        Clerk,
        /// 系统管理: accounts, PCs, district, backups, undo of imports.
        Administrator,
        /// 安全管理: duties, villages, password policy, second factors, keys.
        SecurityAdministrator,
        /// 审计: reads and verifies the audit; holds nothing else.
        Auditor,
        /// 查询: reveals masked fields for a stated purpose.
        QueryClerk,
        /// 查看: reads.
        Viewer,
    }
}

shape! {
    /// A town or street office (9 digits) or a village or community (12 digits).
    pub struct Division {
        /// Statistical code.
        pub code: String,
        /// Name as the statistics bureau writes it.
        pub name: String,
    }
}

shape! {
    /// A town with its villages.
    pub struct Town {
        /// The town.
        pub town: Division,
        /// Its villages and communities in code order.
        pub villages: Vec<Division>,
    }
}

shape! {
    /// The person at the keyboard.
    pub struct SignedIn {
        /// User id.
        pub user: String,
        /// Name shown and printed.
        pub name: String,
        /// Duties held; none: 待授权.
        pub duties: Vec<Duty>,
        /// Villages whose records the user sees, 12 digits each; none: the whole town.
        pub villages: Vec<String>,
        /// Why another password has to be chosen before anything else.
        pub password_due: Option<super::accounts::PasswordDue>,
    }
}

shape! {
    /// The answer to "where are we?"; asked once when the window opens.
    pub struct AppState {
        /// What the program is waiting for.
        pub phase: Phase,
        /// The town, once somebody is signed in.
        pub town: Option<Town>,
        /// Who is signed in.
        pub user: Option<SignedIn>,
        /// How the file's key is kept; absent before the first run.
        pub key_storage: Option<KeyStorage>,
        /// What is known of a damaged or missing file; present in that phase only.
        pub damage: Option<super::backups::Damage>,
        /// True while the new recovery key has not been confirmed as written down.
        pub recovery_unconfirmed: bool,
        /// After how many idle minutes the window locks, while somebody is signed in.
        pub idle_lock_min: Option<u32>,
        /// Today, `YYYY-MM-DD`, by this machine's clock.
        pub today: String,
        /// Program version.
        pub version: String,
    }
}

shape! {
    /// The bundled divisions to choose from.
    pub struct Divisions {
        /// District name.
        pub district: String,
        /// Its towns.
        pub towns: Vec<Town>,
    }
}

shape! {
    /// Makes the town's file and its first administrator.
    pub struct CreateTown {
        /// 9-digit code.
        pub town: String,
        /// Sign-in name of the administrator.
        pub sign_in_name: String,
        /// Name shown and printed; the sign-in name where absent.
        pub name: Option<String>,
        /// At least 10 characters, not one that everybody uses.
        pub password: String,
        /// What this PC is called among the town's PCs, e.g. 综合办 1 号机.
        pub device_label: Option<String>,
    }
}

shape! {
    /// The town was made; the recovery key is shown this once.
    pub struct TownCreated {
        /// State after it.
        pub state: AppState,
        /// Printable recovery key, groups of letters and digits.
        pub recovery_key: String,
    }
}

shape! {
    /// The administrator typed the recovery key's last group as proof of having written it down.
    pub struct ConfirmRecoveryKey {
        /// Last group of the key.
        pub last_group: String,
    }
}

shape! {
    /// Sign-in.
    pub struct SignIn {
        /// Sign-in name; empty: the only user who can sign in on this PC.
        pub sign_in_name: String,
        /// Password.
        pub password: String,
        /// Code of the second factor, where there is one.
        pub code: Option<String>,
    }
}

shape! {
    /// Opens the file with the recovery key and sets a new password for a user.
    pub struct Recover {
        /// The printed recovery key.
        pub recovery_key: String,
        /// Whose password is set.
        pub sign_in_name: String,
        /// New password, as the policy asks.
        pub new_password: String,
    }
}

shape! {
    /// The three questions of the workbench.
    pub struct Workbench {
        /// Awards that this user may review now.
        pub awaiting_review: u32,
        /// Awards of this user that were sent back.
        pub sent_back_to_me: u32,
        /// Residents without an active consent.
        pub without_consent: u32,
        /// What waits for a person to settle, all kinds together.
        pub to_decide: u32,
        /// The same by kind; kinds without any are left out.
        pub issues: Vec<super::settling::IssueCount>,
        /// Residents in the file.
        pub residents: u32,
        /// Residents with an active consent.
        pub with_consent: u32,
        /// Points of awards that began to count this month, whole points.
        pub points_given_this_month: i64,
        /// Points that reversals of this month took back, also of awards of earlier months.
        pub points_reversed_this_month: i64,
        /// Points of awards that began to count last month, whole points.
        pub points_given_last_month: i64,
        /// What an administrator should see to before data are lost, such as 上次备份 9 天前.
        pub safety: Vec<super::backups::Finding>,
        /// What the last check of the whole file found, where anything differs from the log.
        pub check: Option<super::backups::Finding>,
        /// What happened lately, newest first, at most 20.
        pub recent: Vec<RecentEvent>,
        /// Rules in force today.
        pub rules_in_force: u32,
        /// When a working-day table ends before today + 30 days: its last day.
        pub holidays_end: Option<String>,
        /// Whether one person still holds 系统管理 and 安全管理 together (三员尚未分开).
        pub unseparated: bool,
        /// The time bank's share.
        pub time: TimeDue,
        /// The brand's share.
        pub brand: BrandDue,
        /// What people asked about their data; nothing for who does not decide about it.
        pub privacy: PrivacyDue,
    }
}

shape! {
    /// What is due about people's data.
    pub struct PrivacyDue {
        /// Requests for erasure that this user may decide.
        pub erasures_asked: u32,
        /// People whose consent is withdrawn and whose data should be dealt with by now.
        pub withdrawn_due: u32,
        /// People about whom something came after their erasure.
        pub left: u32,
    }
}

shape! {
    /// What is due in the time bank.
    pub struct TimeDue {
        /// Needs that nobody serves yet.
        pub open_needs: u32,
        /// Of them past their day.
        pub overdue_needs: u32,
        /// Orders served that wait for a confirmation.
        pub to_confirm: u32,
        /// Orders whose day has passed and that were neither served nor cancelled.
        pub overdue_orders: u32,
        /// Disputed orders.
        pub disputed: u32,
        /// Orders that this user may credit now.
        pub to_credit: u32,
        /// Minutes credited this month, by the day of service.
        pub minutes_this_month: i64,
        /// Minutes credited last month.
        pub minutes_last_month: i64,
    }
}

shape! {
    /// What is due for the brand.
    pub struct BrandDue {
        /// Brands that this user may approve now.
        pub to_approve: u32,
        /// Milestones of the active brand due within 30 days or overdue, by day, at most 10.
        pub milestones: Vec<DueMilestone>,
        /// Year whose assessment is missing.
        pub assessment_due: Option<u32>,
        /// Activities past their day and neither held nor cancelled.
        pub overdue_events: u32,
        /// Gaps of 诚信五进 in the current quarter: settings without an activity.
        pub gaps: Vec<super::events::Setting>,
        /// Packages that this user may review now.
        pub handovers: u32,
    }
}

shape! {
    /// A milestone that is due.
    pub struct DueMilestone {
        /// Brand id.
        pub brand: String,
        /// Title.
        pub title: String,
        /// Due day.
        pub due_on: String,
        /// Past its day.
        pub overdue: bool,
    }
}

shape! {
    /// One line of "what happened since I left".
    pub struct RecentEvent {
        /// Local time `YYYY-MM-DD HH:MM`.
        pub at: String,
        /// Who; "另一台电脑" users included.
        pub actor: String,
        /// Plain sentence.
        pub text: String,
    }
}
