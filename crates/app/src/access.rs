//! First run and sign-in: who sits at the keyboard.

use std::sync::Arc;

use zhenxin_domain::{division::TownCode, ids::UserId, password::PasswordPolicy, text};
use zhenxin_store::{CreateOptions, DirState, KeyWay, KeyringPolicy, NewUser, Opened, Reader, Store, Unlock};

use crate::{
    App, Caller, OpenTown, accounts, backups,
    contract::{Fault, FaultCode, session::*},
    divisions, duties, passwords, privacy, second_factor, shown, syncing,
};

/// Sign-in names and labels fit a line of the bar.
const NAME_CHARS_MAX: usize = 40;
/// Setting that holds the recovery key's last group until it has been confirmed.
const RECOVERY_PENDING: &str = "recovery_pending";

/// Opens the town's file at the start where the keyring holds its key.
pub fn open_by_keyring(app: &App) -> Result<(), Fault> {
    Store::mend_key_file(app.data_dir(), &app.ports())?;
    match Store::dir_state(app.data_dir())? {
        DirState::Keyring => match Store::open(app.data_dir(), Unlock::Keyring, &app.ports()) {
            Ok(opened) => enter(app, opened).map(|_| ()),
            // the keyring does not answer today: the recovery key still opens the file
            Err(fault) if fault.code() == "keyring_silent" => Ok(()),
            // moved aside; the screens offer the backups
            Err(fault) if fault.code() == "damaged" => Ok(()),
            Err(fault) => Err(fault.into()),
        },
        DirState::Empty | DirState::Password | DirState::Damaged => Ok(()),
    }
}

pub fn enter(app: &App, opened: Opened) -> Result<Option<UserId>, Fault> {
    let division = divisions::town(opened.store.town())
        .ok_or_else(|| Fault::new(FaultCode::Store, "数据文件属于区划表里没有的镇街，请升级程序。"))?;
    let store = opened.store;
    let link = syncing::Link::new(store.clone(), app.ports());
    privacy::scrub_aside(&store);
    app.set_town(Arc::new(OpenTown { store, division, link, check: Arc::default() }));
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
        damage: None,
        recovery_unconfirmed: false,
        idle_lock_min: None,
        today: today.clone(),
        version: version.clone(),
    };
    let Ok(town) = app.town() else {
        return Ok(match Store::dir_state(app.data_dir())? {
            DirState::Empty => state(Phase::FirstRun, None),
            DirState::Keyring => state(Phase::SignedOut, Some(KeyStorage::Keyring)),
            DirState::Password => state(Phase::SignedOut, Some(KeyStorage::Password)),
            DirState::Damaged => AppState {
                damage: Some(backups::damaged::damage(app.data_dir())?),
                ..state(Phase::Damaged, Some(backups::damaged::key_storage(app.data_dir())?))
            },
        });
    };
    let key_storage = Some(match town.store.key_way() {
        KeyWay::Keyring => KeyStorage::Keyring,
        KeyWay::Password => KeyStorage::Password,
    });
    let Ok(caller) = app.caller(crate::contract::list::Access::Any) else {
        return Ok(state(Phase::SignedOut, key_storage));
    };
    let (policy, unconfirmed) =
        caller.store().read(|reader| Ok::<_, Fault>((passwords::policy(reader)?, recovery_unconfirmed(reader)?)))?;
    let user = Some(SignedIn {
        user: caller.user.to_string(),
        duties: duties::from_bits(caller.duties),
        villages: caller.sight().codes(),
        password_due: passwords::due(&caller)?,
        name: caller.name,
    });
    let idle_lock_min = Some(policy.idle_lock_min);
    if app.is_locked() {
        return Ok(AppState { user, idle_lock_min, ..state(Phase::Locked, key_storage) });
    }
    Ok(AppState {
        town: Some(divisions::shown(town.division)),
        user,
        idle_lock_min,
        recovery_unconfirmed: unconfirmed,
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
    passwords::check("password", &request.password, &sign_in_name, PasswordPolicy::default())?;
    let device_label =
        request.device_label.as_deref().map(|label| line("device_label", "电脑名称", label)).transpose()?;
    let created = Store::create(
        app.data_dir(),
        CreateOptions {
            town: code,
            device_label: device_label.unwrap_or_else(|| "1 号机".to_owned()),
            admin: NewUser { name, duties: duties::founder_bits(), ..NewUser::default() },
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

/// From now on the new recovery key waits to be confirmed as written down.
pub fn await_confirmation(caller: &Caller, recovery_key: &str) -> Result<(), Fault> {
    let last_group = last_group(recovery_key);
    caller.write(|tx| {
        tx.set_setting(RECOVERY_PENDING, last_group.as_bytes())?;
        Ok(())
    })
}

/// Whether nobody has confirmed yet that the recovery key was written down.
pub fn recovery_unconfirmed(reader: &Reader) -> Result<bool, Fault> {
    Ok(reader.setting(RECOVERY_PENDING)?.is_some_and(|group| !group.is_empty()))
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
    if !expected.is_empty() {
        caller.store().confirm_recovery_key()?;
    }
    caller.write(|tx| {
        tx.set_setting(RECOVERY_PENDING, b"")?;
        Ok(())
    })?;
    app_state(&caller.app, Nothing {})
}

pub fn sign_in(app: &App, request: SignIn) -> Result<AppState, Fault> {
    if Store::dir_state(app.data_dir())? == DirState::Empty {
        return Err(Fault::new(FaultCode::NotFound, "这个数据文件夹里还没有镇街数据，请先初始化。"));
    }
    let sign_in_name = text::normalise(&request.sign_in_name);
    let unnamed = sign_in_name.is_empty();
    let proven = prove(app, sign_in_name, request.password, request.code.as_deref());
    let user = proven.map_err(|fault| match fault.code {
        FaultCode::WrongPassword if unnamed => Fault::field("sign_in_name", "密码不对，或有几位用户：请写明登录名。"),
        _ => fault,
    })?;
    let row = app.town()?.store.read(|reader| reader.user(user))?;
    if !row.is_some_and(|row| row.active) {
        return Err(Fault::new(FaultCode::Forbidden, "这个用户已停用，请找系统管理员。"));
    }
    app.set_user(Some(user));
    app_state(app, Nothing {})
}

/// The user whose password it is; opens the file where it is still locked.
fn prove(app: &App, sign_in_name: String, password: String, code: Option<&str>) -> Result<UserId, Fault> {
    let opened_here = app.town().is_err();
    if opened_here {
        let unlock = Unlock::Password { sign_in_name: sign_in_name.clone(), password: password.clone() };
        enter(app, Store::open(app.data_dir(), unlock, &app.ports())?)?;
    }
    let judge = |_: UserId, secret: &str| second_factor::judge(app, secret, code);
    let proven = app.town()?.store.sign_in(&sign_in_name, &password, judge);
    proven.map_err(|error| match Fault::from(error) {
        // the password of before still opens the file of this PC
        fault if opened_here && fault.code == FaultCode::WrongPassword && code.is_none() => {
            Fault::new(FaultCode::WrongPassword, "这个密码已在另一台电脑上改过。请输入新密码；忘记了请系统管理员重设。")
        }
        fault => fault,
    })
}

pub fn sign_out(app: &App, _: Nothing) -> Result<AppState, Fault> {
    app.set_user(None);
    app_state(app, Nothing {})
}

pub fn recover(app: &App, request: Recover) -> Result<AppState, Fault> {
    let sign_in_name = text::normalise(&request.sign_in_name);
    let unlock = Unlock::Recovery(request.recovery_key);
    let opened = Store::open(app.data_dir(), unlock, &app.ports())?;
    let (mut meant, everybody, policy) = opened.store.read(|reader| {
        Ok::<_, Fault>((reader.users_by_sign_in(&sign_in_name)?, reader.users()?, passwords::policy(reader)?))
    })?;
    let missing = accounts::nobodys(&everybody);
    if meant.is_empty() && !missing.is_empty() {
        meant = opened.store.read(|reader| reader.closed_users_by_sign_in(&sign_in_name))?;
    }
    let [row] = meant.as_slice() else {
        return Err(Fault::field("sign_in_name", "没有这个登录名，或它不止一人使用，请核对。"));
    };
    let user = row.id;
    passwords::check("new_password", &request.new_password, &sign_in_name, policy)?;
    let credential = opened.store.prepare_credential(&sign_in_name, &request.new_password)?;
    opened.store.write(user, |tx| {
        // Nobody could give the duty any more. That it was taken so is put before a reviewer on every PC (unauthorised).
        if !missing.is_empty() {
            tx.change_user(user, accounts::with_nobodys(row, &missing))?;
        }
        tx.set_credential(user, &credential, false)?;
        Ok::<_, Fault>(())
    })?;
    enter(app, opened)?;
    app.set_user(Some(user));
    app_state(app, Nothing {})
}

pub fn line(field: &str, label: &str, written: &str) -> Result<String, Fault> {
    let line = text::normalise(written);
    match line.chars().count() {
        0 => Err(Fault::field(field, format!("请填写{label}。"))),
        count if count > NAME_CHARS_MAX => Err(Fault::field(field, format!("{label}最多 {NAME_CHARS_MAX} 个字。"))),
        _ => Ok(line),
    }
}
