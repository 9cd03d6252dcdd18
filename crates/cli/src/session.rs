//! Opens the town's folder and signs in.

use std::env;
use std::io::{self, IsTerminal};
use std::path::PathBuf;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use zhenxin_app::contract::list::{Access, list};
use zhenxin_app::contract::session::{AppState, CreateTown, KeyStorage, Phase, SignIn, TownCreated};
use zhenxin_app::contract::{Fault, FaultCode};
use zhenxin_app::{App, AppConfig, Kind};

use crate::Refusal;
use crate::output::{Output, to_json};

const DATA_VARIABLE: &str = "ZHENXIN_DATA";
const USER_VARIABLE: &str = "ZHENXIN_USER";
const PASSWORD_VARIABLE: &str = "ZHENXIN_PASSWORD";

/// The open town.
pub struct Session {
    app: App,
    user: Option<String>,
}

impl Session {
    /// Opens the folder; nobody is signed in yet.
    pub fn open(data: Option<PathBuf>, user: Option<String>) -> Result<Self, Refusal> {
        let data_dir = data
            .or_else(|| env::var_os(DATA_VARIABLE).map(PathBuf::from))
            .ok_or_else(|| Refusal::Usage("请用 --data 指明数据文件夹。".to_owned()))?;
        let user = user.or_else(|| env::var(USER_VARIABLE).ok()).filter(|name| !name.is_empty());
        Ok(Self { app: App::open(AppConfig::new(data_dir).for_a_terminal())?, user })
    }

    /// Reads, signed in where the command needs it.
    pub fn ask<Q: Serialize, R: DeserializeOwned>(&self, name: &str, request: &Q) -> Result<R, Refusal> {
        from_json(self.call(Kind::Ask, name, to_json(request)?)?)
    }

    /// Writes, signed in where the command needs it.
    pub fn act<Q: Serialize, R: DeserializeOwned>(&self, name: &str, request: &Q) -> Result<R, Refusal> {
        from_json(self.call(Kind::Act, name, to_json(request)?)?)
    }

    /// Calls a command by name.
    pub fn call(&self, kind: Kind, name: &str, request: Value) -> Result<Value, Refusal> {
        if list().iter().any(|command| command.name == name && command.access != Access::Open) {
            self.sign_in()?;
        }
        Ok(self.app.call(kind, name, request)?)
    }

    fn sign_in(&self) -> Result<(), Refusal> {
        let state: AppState = from_json(self.app.call(Kind::Ask, "app_state", json!({}))?)?;
        match state.phase {
            Phase::Ready => return Ok(()),
            Phase::FirstRun => {
                let text = "这个文件夹里还没有镇街的数据。请检查 --data，或先运行 zhenxinctl init。";
                return Err(Fault::new(FaultCode::NotFound, text).into());
            }
            Phase::Damaged => {
                let text = "数据文件打不开或不见了。请打开镇信窗口恢复，或运行 zhenxinctl act restore_damaged。";
                return Err(Fault::new(FaultCode::Store, text).into());
            }
            // a curtain belongs to a window that stays open; here nobody let one down
            Phase::Locked | Phase::SignedOut => {}
        }
        // an empty name means: the only user who can sign in on this PC
        let sign_in_name = self.user.clone().unwrap_or_default();
        let mut request = SignIn { sign_in_name, password: password("密码：")?, code: None };
        match self.app.call(Kind::Act, "sign_in", to_json(&request)?) {
            Err(fault) if fault.code == FaultCode::SecondFactor && io::stdin().is_terminal() => {
                request.code = Some(rpassword::prompt_password("动态验证码：")?);
                self.app.call(Kind::Act, "sign_in", to_json(&request)?)?;
            }
            ended => {
                ended?;
            }
        }
        Ok(())
    }

    /// Makes the town's file and prints the recovery key.
    pub fn init(
        &self,
        output: &Output,
        town: String,
        admin: String,
        name: Option<String>,
        device_label: Option<String>,
    ) -> Result<(), Refusal> {
        let request = CreateTown { town, sign_in_name: admin, name, password: new_password()?, device_label };
        let made: TownCreated = self.act("create_town", &request)?;
        output.reply(&made, || {
            let town = made.state.town.as_ref().map(|town| town.town.name.as_str()).unwrap_or_default();
            let key = match made.state.key_storage {
                Some(KeyStorage::Keyring) => "数据文件的密钥存放在系统钥匙串里。",
                _ => "本机没有可用的系统钥匙串：数据文件的密钥由登录密码保护，密码即可打开数据。",
            };
            format!(
                "已新建{town}的加密数据文件。\n{key}\n\n恢复密钥（只显示这一次，请抄写或打印后锁进保险柜）：\n\n    {}\n\n\
                 忘记密码或更换电脑时，只有它能打开数据。",
                made.recovery_key
            )
        })
    }
}

fn from_json<R: DeserializeOwned>(reply: Value) -> Result<R, Refusal> {
    serde_json::from_value(reply).map_err(|_| crate::system("命令的结果与命令清单不符。").into())
}

fn password(prompt: &str) -> Result<String, Refusal> {
    if let Ok(password) = env::var(PASSWORD_VARIABLE) {
        return Ok(password);
    }
    if !io::stdin().is_terminal() {
        return Err(Refusal::Usage(format!("没有终端可以询问密码。请用环境变量 {PASSWORD_VARIABLE} 给出密码。")));
    }
    Ok(rpassword::prompt_password(prompt)?)
}

fn new_password() -> Result<String, Refusal> {
    let first = password("管理员密码（至少 10 位）：")?;
    if env::var_os(PASSWORD_VARIABLE).is_none() && first != password("再输入一次：")? {
        return Err(Fault::field("password", "两次输入的密码不一致。请重新运行本命令。").into());
    }
    Ok(first)
}
