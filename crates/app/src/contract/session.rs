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
        /// Somebody is signed in.
        Ready,
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
    /// What a user may do. 录入 recorder, 复核 reviewer, 经办 clerk, 管理 administrator.
    #[derive(Copy, PartialEq, Eq)]
    pub enum Duty {
        /// 录入: records points.
        Recorder,
        /// 复核: reviews what others recorded.
        Reviewer,
        /// 经办: rosters, consent, rules, papers.
        Clerk,
        /// 管理: users, district, undo.
        Administrator,
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
        /// Duties held.
        pub duties: Vec<Duty>,
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
        /// True while the new recovery key has not been confirmed as written down.
        pub recovery_unconfirmed: bool,
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
        /// At least 8 characters.
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
    }
}

shape! {
    /// Opens the file with the recovery key and sets a new password for a user.
    pub struct Recover {
        /// The printed recovery key.
        pub recovery_key: String,
        /// Whose password is set.
        pub sign_in_name: String,
        /// New password, at least 8 characters.
        pub new_password: String,
    }
}

shape! {
    /// Changes one's own password.
    pub struct ChangePassword {
        /// Present password.
        pub old_password: String,
        /// New one, at least 8 characters.
        pub new_password: String,
    }
}

shape! {
    /// A new user on this machine.
    pub struct AddUser {
        /// Sign-in name.
        pub sign_in_name: String,
        /// Name shown and printed.
        pub name: String,
        /// First password, at least 8 characters.
        pub password: String,
        /// Duties, at least one.
        pub duties: Vec<Duty>,
        /// The user's own record on the roster, so that nobody reviews awards of their own household.
        pub resident: Option<String>,
    }
}

shape! {
    /// Changes a user's duties or closes the account.
    pub struct ChangeUser {
        /// User id.
        pub user: String,
        /// Duties from now on.
        pub duties: Vec<Duty>,
        /// The user's own record on the roster.
        pub resident: Option<String>,
        /// False closes the account.
        pub active: bool,
    }
}

shape! {
    /// A user as the list shows them.
    pub struct User {
        /// User id.
        pub user: String,
        /// Name shown.
        pub name: String,
        /// Duties.
        pub duties: Vec<Duty>,
        /// The user's own record on the roster; without it recusal cannot be checked by the program.
        pub resident: Option<String>,
        /// Its name and village.
        pub resident_name: Option<String>,
        /// False when closed.
        pub active: bool,
        /// True when this person can sign in on this PC (passwords stay on the PC where they were set).
        pub on_this_device: bool,
    }
}

shape! {
    /// All users of the town.
    pub struct Users {
        /// Active ones first, then by name.
        pub users: Vec<User>,
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
        /// Points effective this month, whole points.
        pub points_this_month: i64,
        /// Points effective last month, whole points.
        pub points_last_month: i64,
        /// What happened lately, newest first, at most 20.
        pub recent: Vec<RecentEvent>,
        /// Rules in force today.
        pub rules_in_force: u32,
        /// When a working-day table ends before today + 30 days: its last day.
        pub holidays_end: Option<String>,
        /// The time bank's share.
        pub time: TimeDue,
        /// The brand's share.
        pub brand: BrandDue,
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
