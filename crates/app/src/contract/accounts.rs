//! Accounts, duties, passwords, the curtain.

use super::{
    list::{Kind, Reach},
    session::Duty,
    shape,
};

shape! {
    /// Why another password has to be chosen first.
    #[derive(Copy, PartialEq, Eq)]
    pub enum PasswordDue {
        /// Somebody else set it.
        SetByOther,
        /// It is older than the town allows.
        Old,
    }
}

shape! {
    /// Changes one's own password.
    pub struct ChangePassword {
        /// Present password.
        pub old_password: String,
        /// New one, as the policy asks.
        pub new_password: String,
        /// Code of the second factor, where there is one.
        pub code: Option<String>,
    }
}

shape! {
    /// Lifts the curtain.
    pub struct Unlock {
        /// Password of whoever is signed in.
        pub password: String,
        /// Code of the second factor, where there is one.
        pub code: Option<String>,
    }
}

shape! {
    /// Proves before a dangerous act that it is still the same person.
    pub struct Reauthenticate {
        /// Password of whoever is signed in.
        pub password: String,
        /// Code of the second factor, where there is one.
        pub code: Option<String>,
    }
}

shape! {
    /// A new account. It holds on every PC of the town.
    pub struct AddUser {
        /// Sign-in name, of one person only.
        pub sign_in_name: String,
        /// Name shown and printed.
        pub name: String,
        /// First password; the person changes it at the first sign-in.
        pub password: String,
        /// Duties; none unless whoever adds is a security administrator too.
        pub duties: Vec<Duty>,
        /// Villages whose records the user sees, 12 digits each; none: the whole town.
        pub villages: Option<Vec<String>>,
        /// The user's own record on the roster, so that nobody reviews awards of their own household.
        pub resident: Option<String>,
    }
}

shape! {
    /// Closes an account or opens it again, and says who its person is.
    pub struct ChangeUser {
        /// User id.
        pub user: String,
        /// The user's own record on the roster.
        pub resident: Option<String>,
        /// False closes the account.
        pub active: bool,
    }
}

shape! {
    /// Gives an account its duties and its villages.
    pub struct SetDuties {
        /// User id.
        pub user: String,
        /// Duties from now on.
        pub duties: Vec<Duty>,
        /// Villages whose records the user sees, 12 digits each; none: the whole town.
        pub villages: Vec<String>,
        /// Duties that were shown when the choice was made; where others stand by now, nothing is changed.
        pub former_duties: Vec<Duty>,
        /// Villages that were shown then.
        pub former_villages: Vec<String>,
    }
}

shape! {
    /// Sets somebody's password anew.
    pub struct ResetPassword {
        /// User id.
        pub user: String,
        /// First password; the person changes it at the next sign-in.
        pub password: String,
    }
}

shape! {
    /// Names a user.
    pub struct UserRef {
        /// User id.
        pub user: String,
    }
}

shape! {
    /// A user as the list shows them.
    pub struct User {
        /// User id.
        pub user: String,
        /// Name shown.
        pub name: String,
        /// Sign-in name; absent while the key has not arrived.
        pub sign_in_name: Option<String>,
        /// Whether another open account has the same sign-in name: two PCs gave it away without knowing.
        pub doubled: bool,
        /// Duties; none: 待授权.
        pub duties: Vec<Duty>,
        /// Villages whose records the user sees; none: the whole town.
        pub villages: Vec<String>,
        /// Their names.
        pub village_names: Vec<String>,
        /// The user's own record on the roster; without it recusal cannot be checked by the program.
        pub resident: Option<String>,
        /// Its name and village.
        pub resident_name: Option<String>,
        /// False when closed.
        pub active: bool,
        /// Whether a password is set and known here, so that this person can sign in on this PC.
        pub can_sign_in: bool,
        /// Whether the password is one that somebody else set.
        pub must_change: bool,
        /// Whether a second factor is asked for.
        pub second_factor: bool,
        /// Day on which the password was set.
        pub password_set_on: Option<String>,
        /// Day on which the account was made.
        pub added_on: String,
    }
}

shape! {
    /// All users of the town.
    pub struct Users {
        /// Active ones first, then by name.
        pub users: Vec<User>,
        /// What whoever administers should look at, in whole sentences.
        pub findings: Vec<String>,
    }
}

shape! {
    /// What the town asks of passwords and idle screens.
    pub struct SecurityPolicy {
        /// Fewest characters of a password, 8 to 32.
        pub password_min_chars: u32,
        /// After how many days a password has to be changed; 0: never.
        pub rotation_days: u32,
        /// After how many idle minutes the screen locks, 1 to 120.
        pub idle_lock_min: u32,
    }
}

shape! {
    /// How one signs in oneself.
    pub struct OwnSignIn {
        /// Sign-in name.
        pub sign_in_name: String,
        /// Whether a second factor is asked for.
        pub second_factor: bool,
        /// Day on which the password was set.
        pub password_set_on: Option<String>,
    }
}

shape! {
    /// A new secret for an authenticator.
    pub struct SecondFactorBegun {
        /// The secret in groups of four, to be typed into the authenticator.
        pub secret: String,
        /// The same as an `otpauth:` address.
        pub uri: String,
    }
}

shape! {
    /// The first code of a new secret.
    pub struct ConfirmSecondFactor {
        /// Six digits.
        pub code: String,
    }
}

shape! {
    /// A duty as a column of the matrix.
    pub struct PermissionDuty {
        /// Duty.
        pub duty: Duty,
        /// In words.
        pub label: String,
    }
}

shape! {
    /// A command as a row of the matrix.
    pub struct PermissionRow {
        /// Name of the command.
        pub command: String,
        /// What a clerk calls it.
        pub label: String,
        /// Reads or writes.
        pub kind: Kind,
        /// Whose records.
        pub reach: Reach,
        /// The same in words.
        pub reach_label: String,
        /// Needs the password again.
        pub guarded: bool,
        /// Leaves a line in the audit: every act, and the asks that are logged.
        pub logged: bool,
        /// Nobody needs to be signed in.
        pub open: bool,
        /// For each duty, in the order of the columns, whether it suffices.
        pub allowed: Vec<bool>,
    }
}

shape! {
    /// Who may do what.
    pub struct PermissionMatrix {
        /// Columns.
        pub duties: Vec<PermissionDuty>,
        /// Rows, in the order of the list.
        pub rows: Vec<PermissionRow>,
    }
}
