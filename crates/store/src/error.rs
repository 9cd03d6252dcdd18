//! What can go wrong, in words for the person at the screen. No text ever holds a personal value.

use std::io;

/// A fault of the store. `Display` is the Chinese text, [`StoreError::code`] the stable code.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The folder holds no town.
    #[error("这个文件夹里没有镇信数据，请先初始化或选择正确的文件夹")]
    NoTown,
    /// The folder already holds a town.
    #[error("这个文件夹里已有镇信数据，请直接登录，或另选一个空文件夹")]
    TownExists,
    /// The key file is there, the database is not.
    #[error("数据文件不见了，请从备份恢复后再登录")]
    FileMissing,
    /// The sign-in name or the password is wrong.
    #[error("登录名或密码不对，还可再试 {left} 次")]
    WrongPassword {
        /// Attempts that are left before the lockout.
        left: u32,
    },
    /// The password is right and a code of the second factor is needed.
    #[error("请再输入手机上的 6 位动态验证码")]
    CodeMissing,
    /// Too many wrong attempts.
    #[error("输错次数过多，请 {minutes} 分钟后再试")]
    Locked {
        /// Whole minutes until the next attempt.
        minutes: u32,
    },
    /// The recovery key is mistyped (a check character does not fit).
    #[error("恢复密钥第 {group} 组有误，请对照纸质件核对后重新输入")]
    RecoveryTyped {
        /// Which group, from 1.
        group: usize,
    },
    /// The recovery key is well formed but not this file's.
    #[error("这份恢复密钥不属于本数据文件，请核对纸质件上的日期和镇街")]
    WrongRecovery,
    /// The operating system's keyring does not give the key.
    #[error("系统凭据库没有应答，请用开机时的系统账户登录，或用恢复密钥打开")]
    KeyringSilent,
    /// This file is opened with a password, and none was given (or the reverse).
    #[error("本数据文件的打开方式不同，请按登录页的提示操作")]
    OtherWay,
    /// The sign-in name is taken on this device.
    #[error("这个登录名已有人使用，请换一个")]
    SignInTaken,
    /// The key file cannot be read.
    #[error("密钥文件 key.json 已损坏，请从备份中恢复这个文件")]
    KeyFile,
    /// The file was written by a newer program.
    #[error("数据文件由更新版本的程序写成 （格式 {found}，本程序支持到 {known}），请先升级程序")]
    NewerFile {
        /// Format of the file.
        found: u32,
        /// Newest format that this program knows.
        known: u32,
    },
    /// The database was damaged and has been moved aside, not deleted.
    #[error("数据文件已损坏，原件已移到 {moved_to}，没有删除；请从备份恢复")]
    Damaged {
        /// Where to, inside the folder.
        moved_to: String,
    },
    /// A page of the database does not check: the disk lost or changed it.
    #[error("数据文件有一处读不出来，本次没有保存；请退出镇信后重新打开，程序会检查文件并列出可用的备份")]
    Corrupt(#[source] rusqlite::Error),
    /// The file was closed, to be replaced by a backup.
    #[error("正在恢复备份，请等它完成后重新登录")]
    Closed,
    /// A backup cannot be read, or gives a town that does not check.
    #[error("这份备份读不出来，请另选一份")]
    BackupUnreadable,
    /// The second place is not there.
    #[error("备份的第二位置现在打不开，请插上U盘或检查文件夹后重试")]
    PlaceMissing,
    /// Another program holds the file.
    #[error("数据文件正被另一个程序占用，请稍后再试")]
    Busy,
    /// Another program has the town's file open, or is putting another one in its place.
    #[error("数据文件正由另一个镇信程序打开着，请先关闭其他镇信窗口和命令，再试一次")]
    InUse,
    /// The disk is full.
    #[error("磁盘已满，本次没有保存；请清理磁盘后重试")]
    DiskFull,
    /// A folder or file cannot be read or written.
    #[error("读写数据文件夹出错，请检查磁盘和文件夹权限")]
    Io(#[source] io::Error),
    /// The database refuses.
    #[error("数据库出错，本次没有保存；如反复出现，请运行数据校验")]
    Sql(#[source] rusqlite::Error),
    /// The caller took the work back.
    #[error("已取消，没有写入任何内容")]
    Cancelled,
    /// What the act refers to is not here.
    #[error("没有找到这条{what}，请刷新后重试")]
    Missing {
        /// A noun.
        what: &'static str,
    },
    /// A key has not arrived from another device.
    #[error("这条记录的密钥还没有同步到本机，请先同步一次")]
    KeyMissing,
    /// The act does not fit the state.
    #[error("{0}")]
    Refused(&'static str),
    /// A value is too long or of the wrong shape.
    #[error(transparent)]
    Body(#[from] zhenxin_protocol::body::BodyFault),
    /// An operation cannot be built or read.
    #[error(transparent)]
    Op(#[from] zhenxin_protocol::op::OpFault),
    /// A text cannot be sealed or opened.
    #[error(transparent)]
    Seal(#[from] zhenxin_protocol::seal::SealFault),
    /// What the district sends contradicts what was received from it.
    #[error("区平台的记录与本机已收到的对不上，正在核对和修复；如反复出现，请运行数据校验并联系区平台管理员")]
    HistoryDiffers,
    /// Another operation of this device stands where one waits: the disk was copied, or restored from a backup.
    #[error("这台电脑的数据曾被复制或恢复过，待发送的记录会自动换号重发，没有丢失")]
    Forked,
    /// The district is another one, or was set up anew.
    #[error("区平台的数据已换成另一套，已暂停接收；本机数据完好，请联系区平台管理员")]
    LineageChanged,
}

impl StoreError {
    /// A stable code for scripts and for the boundary's faults.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoTown => "no_town",
            Self::TownExists => "town_exists",
            Self::FileMissing => "file_missing",
            Self::WrongPassword { .. } => "wrong_password",
            Self::CodeMissing => "code_missing",
            Self::Locked { .. } => "locked",
            Self::RecoveryTyped { .. } => "recovery_typed",
            Self::WrongRecovery => "wrong_recovery",
            Self::KeyringSilent => "keyring_silent",
            Self::OtherWay => "other_way",
            Self::SignInTaken => "sign_in_taken",
            Self::KeyFile => "key_file",
            Self::NewerFile { .. } => "newer_file",
            Self::Damaged { .. } => "damaged",
            Self::Corrupt(_) => "corrupt",
            Self::Closed => "closed",
            Self::BackupUnreadable => "backup_unreadable",
            Self::PlaceMissing => "place_missing",
            Self::Busy => "busy",
            Self::InUse => "in_use",
            Self::DiskFull => "disk_full",
            Self::Io(_) => "io",
            Self::Sql(_) => "sql",
            Self::Cancelled => "cancelled",
            Self::Missing { .. } => "missing",
            Self::KeyMissing => "key_missing",
            Self::Refused(_) => "refused",
            Self::Body(_) => "body",
            Self::Op(_) => "op",
            Self::Seal(_) => "seal",
            Self::HistoryDiffers => "history_differs",
            Self::Forked => "forked",
            Self::LineageChanged => "lineage_changed",
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            Some(ErrorCode::DiskFull) => Self::DiskFull,
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => Self::Corrupt(error),
            // A disk that refuses to be read or written: its own message says more than the database's.
            Some(ErrorCode::SystemIoFailure) => Self::Io(io::Error::other(error)),
            _ => Self::Sql(error),
        }
    }
}

impl From<io::Error> for StoreError {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::StorageFull { Self::DiskFull } else { Self::Io(error) }
    }
}
