//! What the record of acts says.

/// Something that can be done in the console or on its terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    SignedIn,
    SignedOut,
    SignInBarred,
    PasswordChanged,
    AccountAdded,
    AccountReset,
    AccountLocked,
    AccountUnlocked,
    RoleChanged,
    CodeMade,
    DeviceRevoked,
    RightTaken,
    Published,
    Downloaded,
    Restored,
}

impl Kind {
    const ALL: [(Self, &'static str, &'static str); 15] = [
        (Self::SignedIn, "signed_in", "登录"),
        (Self::SignedOut, "signed_out", "退出"),
        (Self::SignInBarred, "sign_in_barred", "密码连续错误，暂停登录"),
        (Self::PasswordChanged, "password_changed", "修改自己的密码"),
        (Self::AccountAdded, "account_added", "添加账号"),
        (Self::AccountReset, "account_reset", "重置账号密码"),
        (Self::AccountLocked, "account_locked", "停用账号"),
        (Self::AccountUnlocked, "account_unlocked", "启用账号"),
        (Self::RoleChanged, "role_changed", "更改账号权限"),
        (Self::CodeMade, "code_made", "生成接入码"),
        (Self::DeviceRevoked, "device_revoked", "停用电脑"),
        (Self::RightTaken, "right_taken", "收回支出权"),
        (Self::Published, "published", "下发"),
        (Self::Downloaded, "downloaded", "下载表格"),
        (Self::Restored, "restored", "从备份恢复"),
    ];

    /// The stored code.
    pub(crate) fn as_code(self) -> &'static str {
        Self::ALL.iter().find(|(kind, _, _)| *kind == self).map_or("", |(_, code, _)| *code)
    }

    /// The Chinese words of a stored code.
    pub(crate) fn label_of(code: &str) -> &str {
        Self::ALL.iter().find(|(_, known, _)| *known == code).map_or(code, |(_, _, label)| *label)
    }
}
