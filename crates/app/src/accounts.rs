//! Accounts: who works here, with which duties, for which villages.
//!
//! 三员分立 (GB/T 22239-2019, 8.1.5): whoever administers the system, whoever administers security and whoever audits are
//! three people; nobody holds two of these duties, and the auditor holds no other at all. A town has to begin with one
//! person, so the founder holds the first two until somebody else becomes security administrator; the same act takes that
//! duty from the founder.

use zhenxin_domain::{
    division::VillageCode,
    ids::{ResidentId, UserId},
};
use zhenxin_store::{NewUser, Reader, StoreError, Tx, UserChange, UserRow};

use crate::{
    Caller, access,
    contract::{
        Fault, FaultCode,
        accounts::*,
        session::{Duty, Nothing},
    },
    duties::{from_bits, to_bits},
    passwords, shown,
};

/// Days after which an account without duties is asked about.
const IDLE_ACCOUNT_DAYS: i64 = 30;
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

fn holds(row: &UserRow, duty: Duty) -> bool {
    row.active && from_bits(row.duties).contains(&duty)
}

/// Both halves of what is to be two people.
fn is_founder(row: &UserRow) -> bool {
    holds(row, Duty::Administrator) && holds(row, Duty::SecurityAdministrator)
}

pub fn users(caller: &Caller, _: Nothing) -> Result<Users, Fault> {
    let now_ms = caller.app.clock().now_ms();
    caller.store().read(|reader| {
        let rows = reader.users()?;
        let mut users = Vec::with_capacity(rows.len());
        for row in &rows {
            users.push(shown_user(caller, reader, &rows, row)?);
        }
        users.sort_by(|a, b| b.active.cmp(&a.active).then_with(|| a.name.cmp(&b.name)));
        Ok(Users { users, findings: findings(&rows, now_ms) })
    })
}

fn shown_user(caller: &Caller, reader: &Reader, rows: &[UserRow], row: &UserRow) -> Result<User, Fault> {
    let resident = row.resident.map(|id| reader.resident(id)).transpose()?.flatten();
    let same_name =
        |other: &&UserRow| other.id != row.id && other.active && row.active && other.sign_in_name == row.sign_in_name;
    let credential = row.credential;
    Ok(User {
        user: row.id.to_string(),
        name: row.name.clone().unwrap_or_default(),
        doubled: row.sign_in_name.is_some() && rows.iter().any(|other| same_name(&other)),
        sign_in_name: row.sign_in_name.clone(),
        duties: from_bits(row.duties),
        villages: row.villages.iter().map(ToString::to_string).collect(),
        village_names: row.villages.iter().map(|village| shown::village(&caller.town, *village)).collect(),
        resident: row.resident.map(|id| id.to_string()),
        resident_name: resident.map(|resident| {
            let village = resident.village.map(|village| shown::village(&caller.town, village));
            format!("{} {}", resident.name.as_deref().unwrap_or("（未解锁）"), village.unwrap_or_default())
        }),
        active: row.active,
        can_sign_in: credential.is_some(),
        must_change: credential.is_some_and(|credential| credential.must_change),
        second_factor: credential.is_some_and(|credential| credential.second_factor),
        password_set_on: credential.map(|credential| shown::day_of(credential.set_at)),
        added_on: shown::day_of(row.added_at),
    })
}

/// What is to be put right with the accounts, in whole sentences.
pub fn findings(rows: &[UserRow], now_ms: i64) -> Vec<String> {
    let mut findings = Vec::new();
    let open = || rows.iter().filter(|row| row.active);
    match open().filter(|row| is_founder(row)).count() {
        0 => {}
        1 => findings.push(
            "三员尚未分开：系统管理和安全管理由同一人担任。请指定另一位同事担任安全管理，保存后自动分开。".to_owned(),
        ),
        several => findings.push(format!(
            "三员尚未分开：有 {several} 位用户同时担任系统管理和安全管理。请指定一位担任安全管理，其余自动分开。"
        )),
    }
    if !open().any(|row| holds(row, Duty::Auditor)) {
        findings.push("还没有审计员。请新建一个只担任“审计”的账户。".to_owned());
    }
    let idle = |row: &&UserRow| row.duties == 0 && now_ms - row.added_at > IDLE_ACCOUNT_DAYS * DAY_MS;
    match open().filter(idle).count() {
        0 => {}
        idle => findings.push(format!("{idle} 个账户建好 {IDLE_ACCOUNT_DAYS} 天以上还没有职责，请授权或停用。")),
    }
    let unchanged = |row: &&UserRow| row.credential.is_some_and(|credential| credential.must_change);
    match open().filter(unchanged).count() {
        0 => {}
        unchanged => findings.push(format!("{unchanged} 个账户还在用别人设的初始密码，请提醒本人登录修改。")),
    }
    findings
}

/// The duties that give all others, where no open account holds them any more: two who took each other's duty on two PCs
/// leave the town without.
pub fn nobodys(rows: &[UserRow]) -> Vec<Duty> {
    let officers = [Duty::Administrator, Duty::SecurityAdministrator];
    officers.into_iter().filter(|duty| !rows.iter().any(|row| holds(row, *duty))).collect()
}

/// What the recovery key makes of an account in a town where nobody holds these duties any more. A closed account is
/// opened without its former duties; the auditor audits no longer, because one person does not hold both.
pub fn with_nobodys(row: &UserRow, missing: &[Duty]) -> UserChange {
    let kept = if !row.active || holds(row, Duty::Auditor) { 0 } else { row.duties };
    let active = (!row.active).then_some(true);
    UserChange { duties: Some(kept | to_bits(missing)), active, ..UserChange::default() }
}

/// Whether somebody still holds what two people should, for the workbench.
pub fn is_unseparated(rows: &[UserRow]) -> bool {
    rows.iter().any(is_founder)
}

fn villages(caller: &Caller, written: &[String]) -> Result<Vec<VillageCode>, Fault> {
    let known = &caller.town.division.villages;
    let mut villages = Vec::with_capacity(written.len());
    for code in written {
        let village: VillageCode = shown::parse_id(code)?;
        if !known.iter().any(|known| known.code == village) {
            return Err(Fault::field("villages", "选中的村社不属于本镇，请重新选择。"));
        }
        villages.push(village);
    }
    villages.sort_unstable();
    villages.dedup();
    // all of them are the town; whoever moves in later is seen as well
    if villages.len() == known.len() { Ok(Vec::new()) } else { Ok(villages) }
}

pub fn add_user(caller: &Caller, request: AddUser) -> Result<Users, Fault> {
    let sign_in_name = access::line("sign_in_name", "登录名", &request.sign_in_name)?;
    let name = access::line("name", "姓名", &request.name)?;
    passwords::check("password", &request.password, &sign_in_name, caller.store().read(passwords::policy)?)?;
    let may_give = from_bits(caller.duties).contains(&Duty::SecurityAdministrator);
    if !may_give && !request.duties.is_empty() {
        let text = "职责由安全管理员授予。请先不选职责建好账户，再请安全管理员授权。";
        return Err(Fault::field("duties", text));
    }
    let named = request.villages.unwrap_or_default();
    if !may_give && !named.is_empty() {
        let text = "负责的村社由安全管理员定。请先不选村社建好账户，再请安全管理员选。";
        return Err(Fault::field("villages", text));
    }
    let resident = request.resident.as_deref().map(shown::parse_id).transpose()?;
    let new =
        NewUser { name, sign_in_name: sign_in_name.clone(), duties: 0, villages: villages(caller, &named)?, resident };
    // argon2 takes its time: not inside the transaction
    let credential = caller.store().prepare_credential(&sign_in_name, &request.password)?;
    caller.write(|tx| {
        check_resident(tx, resident)?;
        let bits = to_bits(&request.duties);
        let user = tx.add_user(&NewUser { duties: bits, ..new.clone() }).map_err(|error| match error {
            StoreError::SignInTaken => Fault::field("sign_in_name", "已有人用这个登录名，请换一个。"),
            error => error.into(),
        })?;
        tx.set_credential(user, &credential, true)?;
        let rows = tx.reader().users()?;
        separate(tx, &rows, user, bits)
    })?;
    users(caller, Nothing {})
}

fn find(rows: &[UserRow], user: UserId) -> Result<&UserRow, Fault> {
    let found = rows.iter().find(|row| row.id == user);
    found.ok_or_else(|| Fault::new(FaultCode::NotFound, "没有这个用户，请刷新列表。"))
}

/// Refuses what would leave the town without somebody who holds a duty that nobody else could give.
fn check_remaining(rows: &[UserRow], user: UserId, active: bool, bits: u32) -> Result<(), Fault> {
    for (duty, label) in [(Duty::Administrator, "系统管理员"), (Duty::SecurityAdministrator, "安全管理员")] {
        let another = rows.iter().any(|row| row.id != user && holds(row, duty));
        let this_one = active && from_bits(bits).contains(&duty);
        if !another && !this_one {
            return Err(Fault::new(FaultCode::Conflict, format!("至少要留一位{label}。请先让另一位用户担任。")));
        }
    }
    Ok(())
}

/// Refuses duties that one person may not hold together; takes 安全管理 from whoever held it beside 系统管理, where
/// somebody else gets it now.
fn separate(tx: &mut Tx, rows: &[UserRow], user: UserId, bits: u32) -> Result<(), Fault> {
    let row = find(rows, user)?;
    let given = from_bits(bits);
    let has = |duty: Duty| given.contains(&duty);
    if has(Duty::Auditor) && given.len() > 1 {
        return Err(Fault::field("duties", "审计员不能兼任其他职责，请只选“审计”。"));
    }
    if has(Duty::Administrator) && has(Duty::SecurityAdministrator) {
        let others = rows.iter().any(|other| other.id != user && holds(other, Duty::SecurityAdministrator));
        if others || !is_founder(row) {
            return Err(Fault::field("duties", "系统管理和安全管理要由两个人担任，请只选其中一项。"));
        }
        return Ok(());
    }
    if has(Duty::SecurityAdministrator) {
        let mut founders: Vec<_> = rows.iter().filter(|other| other.id != user && is_founder(other)).collect();
        // whoever does this loses the duty last: what they do after that would be put before a reviewer (unauthorised)
        founders.sort_by_key(|founder| founder.id == tx.actor());
        for founder in founders {
            let kept = founder.duties & !to_bits(&[Duty::SecurityAdministrator]);
            tx.change_user(founder.id, UserChange { duties: Some(kept), ..UserChange::default() })?;
        }
    }
    Ok(())
}

/// Writes what differs from the account as it is here, and nothing where nothing does: what another PC changed meanwhile
/// stays.
fn change(tx: &mut Tx, row: &UserRow, wanted: UserChange) -> Result<(), Fault> {
    let change = UserChange {
        duties: wanted.duties.filter(|duties| *duties != row.duties),
        villages: wanted.villages.filter(|villages| *villages != row.villages),
        active: wanted.active.filter(|active| *active != row.active),
        resident: wanted.resident.filter(|resident| *resident != row.resident),
    };
    if change != UserChange::default() {
        tx.change_user(row.id, change)?;
    }
    Ok(())
}

/// Closes an account or opens it again, and says who its person is.
pub fn change_user(caller: &Caller, request: ChangeUser) -> Result<Users, Fault> {
    let user: UserId = shown::parse_id(&request.user)?;
    let resident: Option<ResidentId> = request.resident.as_deref().map(shown::parse_id).transpose()?;
    if user == caller.user && !request.active {
        return Err(Fault::new(FaultCode::Conflict, "不能停用自己的账户。请让另一位系统管理员来停用。"));
    }
    caller.write(|tx| {
        let rows = tx.reader().users()?;
        let row = find(&rows, user)?;
        check_remaining(&rows, user, request.active, row.duties)?;
        check_resident(tx, resident)?;
        let (active, resident) = (Some(request.active), Some(resident));
        change(tx, row, UserChange { active, resident, ..UserChange::default() })
    })?;
    users(caller, Nothing {})
}

/// Gives an account its duties and its villages.
pub fn set_duties(caller: &Caller, request: SetDuties) -> Result<Users, Fault> {
    let user: UserId = shown::parse_id(&request.user)?;
    let villages = villages(caller, &request.villages)?;
    let (bits, former) = (to_bits(&request.duties), to_bits(&request.former_duties));
    let mut former_villages: Vec<VillageCode> =
        request.former_villages.iter().map(|code| shown::parse_id(code)).collect::<Result<_, _>>()?;
    former_villages.sort_unstable();
    caller.write(|tx| {
        let rows = tx.reader().users()?;
        let row = find(&rows, user)?;
        let same = |duties: u32, villages: &[VillageCode]| {
            from_bits(row.duties) == from_bits(duties) && row.villages == villages
        };
        // said twice it holds once; chosen from what stands no more, it would give back what somebody else took away
        if !same(former, &former_villages) && !same(bits, &villages) {
            let text = "这个账户的职责或负责的村社刚在别处改过，这次没有保存。请看清现在的，再重新勾选。";
            return Err(Fault::new(FaultCode::Conflict, text));
        }
        check_remaining(&rows, user, row.active, bits)?;
        let (duties, villages) = (Some(bits), Some(villages));
        change(tx, row, UserChange { duties, villages, ..UserChange::default() })?;
        // last: whoever gives the duty away may be who gives it
        separate(tx, &rows, user, bits)
    })?;
    users(caller, Nothing {})
}

/// Sets a password anew for somebody who forgot theirs; the person changes it at the next sign-in.
pub fn reset_password(caller: &Caller, request: ResetPassword) -> Result<Users, Fault> {
    let user: UserId = shown::parse_id(&request.user)?;
    if user == caller.user {
        return Err(Fault::new(FaultCode::Conflict, "自己的密码请在“我的账户”里修改。"));
    }
    let (row, policy) =
        caller.store().read(|reader| Ok::<_, Fault>((reader.user(user)?, passwords::policy(reader)?)))?;
    let row = row.ok_or_else(|| Fault::new(FaultCode::NotFound, "没有这个用户，请刷新列表。"))?;
    let sign_in_name = row
        .sign_in_name
        .ok_or_else(|| Fault::new(FaultCode::Conflict, "这个账户还没有完整同步到本机，请先同步一次，再重设密码。"))?;
    passwords::check("password", &request.password, &sign_in_name, policy)?;
    let credential = caller.store().prepare_credential(&sign_in_name, &request.password)?;
    caller.write(|tx| Ok(tx.set_credential(user, &credential, true).map(|_| ())?))?;
    users(caller, Nothing {})
}

/// Gives up the second factor of somebody whose telephone is lost.
pub fn reset_second_factor(caller: &Caller, request: UserRef) -> Result<Users, Fault> {
    let user: UserId = shown::parse_id(&request.user)?;
    caller.write(|tx| {
        find(&tx.reader().users()?, user)?;
        tx.set_second_factor(user, None)?;
        Ok(())
    })?;
    users(caller, Nothing {})
}

fn check_resident(tx: &Tx, resident: Option<ResidentId>) -> Result<(), Fault> {
    match resident {
        Some(id) if tx.reader().resident(id)?.is_none() => Err(Fault::field("resident", "没有这位居民，请重新选择。")),
        _ => Ok(()),
    }
}
