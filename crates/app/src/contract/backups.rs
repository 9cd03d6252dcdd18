//! Backups, their rehearsal, restoring, a damaged file, the recovery key.

use super::{session::AppState, shape};

shape! {
    /// How urgent a finding is.
    #[derive(Copy, PartialEq, Eq)]
    pub enum FindingTone {
        /// All is well.
        Good,
        /// Somebody should do something soon.
        Wait,
        /// Data would be lost if something happened now.
        Fault,
    }
}

shape! {
    /// A plain finding, such as 上次备份 9 天前.
    pub struct Finding {
        /// How urgent.
        pub tone: FindingTone,
        /// What was found, one sentence.
        pub words: String,
        /// What to do next; absent where nothing is to be done.
        pub advice: Option<String>,
    }
}

shape! {
    /// Where a backup lies.
    #[derive(Copy, PartialEq, Eq)]
    pub enum BackupPlace {
        /// In the data folder.
        Here,
        /// In the second place.
        Second,
    }
}

shape! {
    /// Why a backup is kept.
    #[derive(Copy, PartialEq, Eq)]
    pub enum BackupKept {
        /// For one of the last seven days.
        Day,
        /// For one of the last four weeks.
        Week,
        /// For one of the last twelve months.
        Month,
        /// An earlier one of the last day: it makes room once a later day has a backup.
        SameDay,
    }
}

shape! {
    /// A backup in the list.
    pub struct BackupLine {
        /// Its name.
        pub backup: String,
        /// Where it lies.
        pub place: BackupPlace,
        /// When it was made, local time.
        pub made_at: String,
        /// Bytes of the log in it; photos are shared by all backups.
        pub bytes: u64,
        /// Records in it; absent where it cannot be read.
        pub ops: Option<u64>,
        /// Residents at that time, without merged and erased ones; absent where it cannot be read.
        pub residents: Option<u64>,
        /// Why it is kept; absent for one that makes room at the next backup.
        pub kept: Option<BackupKept>,
        /// False where it is damaged or made by a newer program.
        pub readable: bool,
    }
}

shape! {
    /// Backups in one place.
    pub struct BackupShelf {
        /// Which place.
        pub place: BackupPlace,
        /// Its folder.
        pub folder: String,
        /// False where the disk or stick is not there now.
        pub reachable: bool,
        /// Last time a backup was copied there, local time.
        pub last: Option<String>,
        /// Bytes of photos and other files.
        pub file_bytes: u64,
        /// Backups, newest first.
        pub backups: Vec<BackupLine>,
    }
}

shape! {
    /// The page of backups.
    pub struct Backups {
        /// What is to be known first, the most urgent first.
        pub findings: Vec<Finding>,
        /// The data folder, then the second place where one is set.
        pub shelves: Vec<BackupShelf>,
        /// Folder that was chosen as the second place.
        pub second: Option<String>,
        /// Disks and sticks that could be the second place.
        pub candidates: Vec<String>,
        /// Last rehearsal that succeeded, local time.
        pub last_rehearsal: Option<String>,
    }
}

shape! {
    /// Sets where backups go besides the data folder.
    pub struct SetSecondPlace {
        /// A folder on another disk or a stick; absent: no second place.
        pub folder: Option<String>,
    }
}

shape! {
    /// One backup.
    pub struct BackupRef {
        /// Where it lies.
        pub place: BackupPlace,
        /// Its name.
        pub backup: String,
    }
}

shape! {
    /// What a rehearsal has shown.
    pub struct Rehearsal {
        /// True: this backup gives the town back.
        pub sound: bool,
        /// When the backup was made, local time.
        pub made_at: String,
        /// Records.
        pub ops: u64,
        /// Residents.
        pub residents: u64,
        /// Entries of all ledgers.
        pub transfers: u64,
        /// Sum over all accounts, which is 0.
        pub ledger_sum: i64,
        /// Photos and other files that open.
        pub files: u64,
        /// Files that are not in the backup or do not open; they come from the district.
        pub files_missing: u64,
        /// How long it took, milliseconds.
        pub took_ms: u64,
        /// What is wrong.
        pub problems: Vec<String>,
    }
}

shape! {
    /// What restoring a backup would do; the first of two steps.
    pub struct RestorePlan {
        /// The backup.
        pub backup: BackupLine,
        /// Records here now.
        pub ops_here: u64,
        /// Records that are here and not in the backup.
        pub newer: u64,
        /// Of them: recorded on this PC; they are carried over.
        pub carried: u64,
        /// Of them: confirmed by the district, which gives them back at the next exchange.
        pub from_district: u64,
        /// Of them: neither; they stay in the file that is moved aside.
        pub left_aside: u64,
        /// Files that the backup lacks; they come from the district.
        pub files_missing: u64,
        /// Persons erased since; they stay erased.
        pub erased_since: u64,
        /// True where this PC has a district to fetch from.
        pub enrolled: bool,
        /// The same in plain sentences.
        pub words: Vec<String>,
    }
}

shape! {
    /// A backup was restored.
    pub struct Restored {
        /// State after it: everybody signs in anew.
        pub state: AppState,
        /// When the backup was made, local time.
        pub made_at: String,
        /// Records in the file now.
        pub ops: u64,
        /// Of them carried over from the former file.
        pub carried: u64,
        /// Files that are to be fetched from the district.
        pub files_missing: u64,
        /// Where the former file lies now, inside the data folder; absent where there was none.
        pub moved_to: Option<String>,
        /// Backups that could not be read and were passed over.
        pub passed_over: u32,
    }
}

shape! {
    /// A backup as it is seen before anything is unlocked.
    pub struct SeenBackup {
        /// Its name.
        pub backup: String,
        /// When it was made, local time.
        pub made_at: String,
        /// Bytes of the log in it.
        pub bytes: u64,
    }
}

shape! {
    /// What is known of a damaged or missing file.
    pub struct Damage {
        /// Where the damaged file lies now, inside the data folder; absent where it is missing.
        pub moved_to: Option<String>,
        /// Backups in the data folder, newest first.
        pub backups: Vec<SeenBackup>,
    }
}

shape! {
    /// Looks for backups in a folder, before a town is open.
    pub struct LookForBackups {
        /// Folder on a stick or disk; absent: the data folder.
        pub folder: Option<String>,
    }
}

shape! {
    /// Backups in a folder.
    pub struct SeenBackups {
        /// Newest first.
        pub backups: Vec<SeenBackup>,
        /// Folders that hold backups, where none was named.
        pub candidates: Vec<String>,
    }
}

shape! {
    /// Restores where no file can be opened: it is damaged or missing, or this is a new PC.
    pub struct RestoreDamaged {
        /// Folder of the backups; absent: the data folder.
        pub folder: Option<String>,
        /// The backup; absent: the newest that can be read.
        pub backup: Option<String>,
        /// Sign-in name, with the password.
        pub sign_in_name: Option<String>,
        /// Password of somebody who may sign in to what the backup gives.
        pub password: Option<String>,
        /// Recovery key: always on a new PC, or where the password is forgotten.
        pub recovery_key: Option<String>,
    }
}

shape! {
    /// A new recovery key, shown this once; the former one opens nothing any more once this one is confirmed.
    pub struct RecoveryKeyMade {
        /// Printable recovery key, groups of letters and digits.
        pub recovery_key: String,
        /// State after it: the key waits to be confirmed as written down.
        pub state: AppState,
    }
}
