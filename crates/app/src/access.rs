//! First run, sign-in, users: who sits at the keyboard and with which duties.

use std::{collections::BTreeSet, sync::Arc};

use zhenxin_domain::{division::TownCode, ids::UserId, text};
use zhenxin_store::{CreateOptions, DirState, KeyWay, KeyringPolicy, NewUser, Opened, Store, Tx, Unlock};

use crate::{
    App, Caller, OpenTown,
    contract::{Fault, FaultCode, session::*},
    divisions, duties, shown, syncing,
};

/// Shorter passwords are guessed in an afternoon.
const PASSWORD_CHARS_MIN: usize = 8;
/// Longer ones are pasted accidents.
const PASSWORD_CHARS_MAX: usize = 200;
/// Sign-in names and labels fit a line of the bar.
const NAME_CHARS_MAX: usize = 40;
/// Setting that holds the recovery key's last group until it has been confirmed.
const RECOVERY_PENDING: &str = "recovery_pending";

/// Opens the town's file at the start where the keyring holds its key.
pub fn open_by_keyring(app: &App) -> Result<(), Fault> {
    match Store::dir_state(app.data_dir())? {
        DirState::Keyring => match Store::open(app.data_dir(), Unlock::Keyring, &app.ports()) {
            Ok(opened) => enter(app, opened).map(|_| ()),
            // the keyring does not answer today: the recovery key still opens the file
            Err(fault) if fault.code() == "keyring_silent" => Ok(()),
            Err(fault) => Err(fault.into()),
        },
        DirState::Empty | DirState::Password => Ok(()),
        DirState::Damaged => Err(Fault::new(
            FaultCode::Store,
            "数据文件夹里只有钥匙文件，没有数据文件。请从 backup 文件夹或备份恢复，不要删除任何文件。",
        )),
    }
}

fn enter(app: &App, opened: Opened) -> Result<Option<UserId>, Fault> {
    let division = divisions::town(opened.store.town())
        .ok_or_else(|| Fault::new(FaultCode::Store, "数据文件属于区划表里没有的镇街，请升级程序。"))?;
    let store = opened.store;
    let link = syncing::Link::new(store.clone(), app.ports());
    app.set_town(Arc::new(OpenTown { store, division, link }));
    Ok(opened.user)
}

pub fn app_state(app: &App, _: Nothing) -> Result<AppState, Fault> {
    let today = shown::day(app.clock().today());
    let version = env!("CARGO_PKG_VERSION").to_owned();
    let state = |phase, key_storage| AppState {
        phase,
        town: None,
        user: None,
        key_storage,
        recovery_unconfirmed: false,
        today: today.clone(),
        version: version.clone(),
    };
    let Ok(town) = app.town() else {
        return Ok(match Store::dir_state(app.data_dir())? {
            DirState::Empty => state(Phase::FirstRun, None),
            DirState::Keyring => state(Phase::SignedOut, Some(KeyStorage::Keyring)),
            DirState::Password | DirState::Damaged => state(Phase::SignedOut, Some(KeyStorage::Password)),
        });
    };
    let key_storage = Some(match town.store.key_way() {
        KeyWay::Keyring => KeyStorage::Keyring,
        KeyWay::Password => KeyStorage::Password,
    });
    let Ok(caller) = app.caller(crate::contract::list::Access::Any) else {
        return Ok(state(Phase::SignedOut, key_storage));
    };
    let row = caller.store().read(|reader| reader.user(caller.user))?;
    let pending = caller.store().read(|reader| reader.setting(RECOVERY_PENDING))?;
    Ok(AppState {
        town: Some(divisions::shown(town.division)),
        user: Some(SignedIn {
            user: caller.user.to_string(),
            name: caller.name,
            duties: row.map(|row| duties::from_bits(row.duties)).unwrap_or_default(),
        }),
        recovery_unconfirmed: pending.is_some_and(|group| !group.is_empty()),
        ..state(Phase::Ready, key_storage)
    })
}

pub fn divisions(_: &App, _: Nothing) -> Result<Divisions, Fault> {
    Ok(divisions::all())
}

pub fn create_town(app: &App, request: CreateTown) -> Result<TownCreated, Fault> {
    if app.town().is_ok() || Store::dir_state(app.data_dir())? != DirState::Empty {
        return Err(Fault::new(FaultCode::Conflict, "这个数据文件夹里已经有一个镇街的数据，请直接登录。"));
    }
    let code: TownCode = request
        .town
        .parse()
        .map_err(|fault: zhenxin_domain::division::DivisionFault| Fault::field("town", fault.to_string()))?;
    if divisions::town(code).is_none() {
        return Err(Fault::field("town", "区划表里没有这个代码，请从列表里选择镇街。"));
    }
    let sign_in_name = line("sign_in_name", "登录名", &request.sign_in_name)?;
    let name = match &request.name {
        Some(name) => line("name", "姓名", name)?,
        None => sign_in_name.clone(),
    };
    check_password("password", "密码", &request.password)?;
    let device_label =
        request.device_label.as_deref().map(|label| line("device_label", "电脑名称", label)).transpose()?;
    let created = Store::create(
        app.data_dir(),
        CreateOptions {
            town: code,
            device_label: device_label.unwrap_or_else(|| "1 号机".to_owned()),
            admin: NewUser { name, duties: duties::all_bits(), resident: None },
            sign_in_name,
            password: request.password,
            keyring: KeyringPolicy::Auto,
            kdf: app.kdf(),
        },
        &app.ports(),
    )?;
    let recovery_key = created.recovery_key.to_string();
    let last_group = last_group(&recovery_key).to_owned();
    created.store.write(created.admin, |tx| {
        tx.set_setting(RECOVERY_PENDING, last_group.as_bytes())?;
        Ok::<_, Fault>(())
    })?;
    enter(app, Opened { store: created.store, way: created.way, user: Some(created.admin) })?;
    app.set_user(Some(created.admin));
    Ok(TownCreated { state: app_state(app, Nothing {})?, recovery_key })
}

fn last_group(key: &str) -> &str {
    key.trim().rsplit(['-', ' ', '\n']).next().unwrap_or_default()
}

pub fn confirm_recovery_key(caller: &Caller, request: ConfirmRecoveryKey) -> Result<AppState, Fault> {
    let expected = caller.store().read(|reader| reader.setting(RECOVERY_PENDING))?.unwrap_or_default();
    let typed = text::normalise(&request.last_group).to_uppercase();
    if !expected.is_empty() && typed.as_bytes() != expected {
        return Err(Fault::field("last_group", "与恢复密钥的最后一组不符，请看一下您抄写的纸。"));
    }
    caller.store().write(caller.user, |tx| {
        tx.set_setting(RECOVERY_PENDING, b"")?;
        Ok::<_, Fault>(())
    })?;
    app_state(&caller.app, Nothing {})
}

pub fn sign_in(app: &App, request: SignIn) -> Result<AppState, Fault> {
    if Store::dir_state(app.data_dir())? == DirState::Empty {
        return Err(Fault::new(FaultCode::NotFound, "这个数据文件夹里还没有镇街数据，请先初始化。"));
    }
    let sign_in_name = text::normalise(&request.sign_in_name);
    let unnamed = sign_in_name.is_empty();
    let proven = prove(app, sign_in_name, request.password);
    let user = proven.map_err(|fault| match fault.code {
        FaultCode::WrongPassword if unnamed => {
            Fault::field("sign_in_name", "密码不对，或本机有几位用户：请写明登录名。")
        }
        _ => fault,
    })?;
    let row = app.town()?.store.read(|reader| reader.user(user))?;
    if !row.is_some_and(|row| row.active) {
        return Err(Fault::new(FaultCode::Forbidden, "这个用户已停用，请找管理员。"));
    }
    app.set_user(Some(user));
    app_state(app, Nothing {})
}

/// The user whose password it is; opens the file where it is still locked.
fn prove(app: &App, sign_in_name: String, password: String) -> Result<UserId, Fault> {
    match app.town() {
        Ok(town) => Ok(town.store.sign_in(&sign_in_name, &password)?),
        Err(_) => {
            let unlock = Unlock::Password { sign_in_name, password };
            let user = enter(app, Store::open(app.data_dir(), unlock, &app.ports())?)?;
            user.ok_or_else(|| Fault::new(FaultCode::WrongPassword, "登录名或密码不对。"))
        }
    }
}

pub fn sign_out(app: &App, _: Nothing) -> Result<AppState, Fault> {
    app.set_user(None);
    app_state(app, Nothing {})
}

pub fn recover(app: &App, request: Recover) -> Result<AppState, Fault> {
    check_password("new_password", "新密码", &request.new_password)?;
    let sign_in_name = text::normalise(&request.sign_in_name);
    let unlock = Unlock::Recovery(request.recovery_key);
    let opened = Store::open(app.data_dir(), unlock, &app.ports())?;
    let user = opened.store.read(|reader| reader.user_by_sign_in(&sign_in_name))?;
    let user = user.ok_or_else(|| Fault::field("sign_in_name", "本机没有这个登录名，请核对。"))?;
    let credential = opened.store.prepare_credential(&sign_in_name, &request.new_password)?;
    opened.store.write(user, |tx| {
        tx.set_credential(user, &credential)?;
        Ok::<_, Fault>(())
    })?;
    enter(app, opened)?;
    app.set_user(Some(user));
    app_state(app, Nothing {})
}

pub fn change_password(caller: &Caller, request: ChangePassword) -> Result<Nothing, Fault> {
    check_password("new_password", "新密码", &request.new_password)?;
    let users = caller.store().read(|reader| reader.users())?;
    let mine = users.into_iter().find(|row| row.id == caller.user).and_then(|row| row.sign_in_name);
    let sign_in_name = mine.ok_or_else(|| Fault::new(FaultCode::NotFound, "您的密码不在这台电脑上。"))?;
    caller.store().sign_in(&sign_in_name, &request.old_password)?;
    let credential = caller.store().prepare_credential(&sign_in_name, &request.new_password)?;
    caller.store().write(caller.user, |tx| {
        tx.set_credential(caller.user, &credential)?;
        Ok::<_, Fault>(())
    })?;
    Ok(Nothing {})
}

pub fn users(caller: &Caller, _: Nothing) -> Result<Users, Fault> {
    let mut users = caller.store().read(|reader| {
        let rows = reader.users()?;
        let linked: Vec<_> = rows.iter().filter_map(|row| row.resident).collect();
        let residents = reader.residents(&linked)?;
        let users = rows.into_iter().map(|row| {
            let resident = row.resident.and_then(|id| residents.iter().find(|resident| resident.id == id));
            User {
                user: row.id.to_string(),
                name: row.name.unwrap_or_default(),
                duties: duties::from_bits(row.duties),
                resident: row.resident.map(|id| id.to_string()),
                resident_name: resident.map(|resident| {
                    let village = resident.village.map(|village| shown::village(&caller.town, village));
                    format!("{} {}", resident.name.as_deref().unwrap_or("（未解锁）"), village.unwrap_or_default())
                }),
                active: row.active,
                on_this_device: row.sign_in_name.is_some(),
            }
        });
        Ok::<_, Fault>(users.collect::<Vec<_>>())
    })?;
    users.sort_by(|a, b| b.active.cmp(&a.active).then_with(|| a.name.cmp(&b.name)));
    Ok(Users { users })
}

pub fn add_user(caller: &Caller, request: AddUser) -> Result<Users, Fault> {
    let sign_in_name = line("sign_in_name", "登录名", &request.sign_in_name)?;
    let name = line("name", "姓名", &request.name)?;
    check_password("password", "密码", &request.password)?;
    if request.duties.is_empty() {
        return Err(Fault::field("duties", "请至少选择一项职责。"));
    }
    let resident = request.resident.as_deref().map(shown::parse_id).transpose()?;
    // argon2 takes its time: not inside the transaction
    let credential = caller.store().prepare_credential(&sign_in_name, &request.password)?;
    caller.store().write(caller.user, |tx| {
        if tx.reader().user_by_sign_in(&sign_in_name)?.is_some() {
            return Err(Fault::field("sign_in_name", "本机已有这个登录名，请换一个。"));
        }
        check_resident(tx, resident)?;
        let user = tx.add_user(&NewUser { name, duties: duties::to_bits(&request.duties), resident })?;
        tx.set_credential(user, &credential)?;
        Ok(())
    })?;
    users(caller, Nothing {})
}

pub fn change_user(caller: &Caller, request: ChangeUser) -> Result<Users, Fault> {
    let user: UserId = shown::parse_id(&request.user)?;
    if request.active && request.duties.is_empty() {
        return Err(Fault::field("duties", "请至少选择一项职责；不再使用请停用这个用户。"));
    }
    let resident = request.resident.as_deref().map(shown::parse_id).transpose()?;
    let bits = duties::to_bits(&request.duties);
    caller.store().write(caller.user, |tx| {
        let rows = tx.reader().users()?;
        if !rows.iter().any(|row| row.id == user) {
            return Err(Fault::new(FaultCode::NotFound, "没有这个用户，请刷新列表。"));
        }
        let administers = |bits: u32| duties::from_bits(bits).contains(&Duty::Administrator);
        let others: BTreeSet<_> = rows
            .iter()
            .filter(|row| row.id != user && row.active && administers(row.duties))
            .map(|row| row.id)
            .collect();
        if others.is_empty() && !(request.active && administers(bits)) {
            return Err(Fault::new(FaultCode::Conflict, "至少要留一位管理员。请先让另一位用户担任管理。"));
        }
        check_resident(tx, resident)?;
        tx.change_user(user, bits, request.active, resident)?;
        Ok(())
    })?;
    users(caller, Nothing {})
}

fn check_resident(tx: &Tx, resident: Option<zhenxin_domain::ids::ResidentId>) -> Result<(), Fault> {
    match resident {
        Some(id) if tx.reader().resident(id)?.is_none() => Err(Fault::field("resident", "没有这位居民，请重新选择。")),
        _ => Ok(()),
    }
}

fn line(field: &str, label: &str, written: &str) -> Result<String, Fault> {
    let line = text::normalise(written);
    match line.chars().count() {
        0 => Err(Fault::field(field, format!("请填写{label}。"))),
        count if count > NAME_CHARS_MAX => Err(Fault::field(field, format!("{label}最多 {NAME_CHARS_MAX} 个字。"))),
        _ => Ok(line),
    }
}

fn check_password(field: &str, label: &str, password: &str) -> Result<(), Fault> {
    let length = password.chars().count();
    if length < PASSWORD_CHARS_MIN {
        return Err(Fault::field(field, format!("{label}至少 {PASSWORD_CHARS_MIN} 位。")));
    }
    if length > PASSWORD_CHARS_MAX {
        return Err(Fault::field(field, format!("{label}最多 {PASSWORD_CHARS_MAX} 位。")));
    }
    Ok(())
}
