//! Accounts of the console, on the server's own terminal: the way in for the first one, and back in for the last.

use std::io::{BufRead as _, IsTerminal as _};

use anyhow::{Context, Result, bail};
use clap::{Subcommand, ValueEnum};

use super::commands::{day_time, say};
use super::place::Place;
use crate::clock;
use crate::console::account::{add, reset};
use crate::console::act::Kind;
use crate::console::password::Cost;
use crate::store::Store;
use crate::store::console::account::Role;
use crate::store::console::act::NewAct;

/// `account`.
#[derive(clap::Args)]
pub(super) struct Account {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// 添加账号; 首次登录时要换密码.
    Add(Add),
    /// 重置密码并解除停用; 首次登录时要换密码.
    Reset(Named),
    /// 停用账号并退出它的登录.
    Lock(Locked),
    /// 列出账号.
    List(Listed),
}

#[derive(clap::Args)]
struct Add {
    #[command(flatten)]
    named: Named,
    /// 权限.
    #[arg(long, value_enum, default_value = "admin")]
    role: RoleName,
}

#[derive(Clone, Copy, ValueEnum)]
enum RoleName {
    /// 管理员.
    Admin,
    /// 查看.
    Viewer,
}

#[derive(clap::Args)]
struct Named {
    #[command(flatten)]
    place: Place,
    /// 账号名, 用岗位的拼音.
    name: String,
    /// 从标准输入的第一行读密码, 不在屏幕上询问.
    #[arg(long)]
    password_stdin: bool,
}

#[derive(clap::Args)]
struct Locked {
    #[command(flatten)]
    place: Place,
    /// 账号名.
    name: String,
}

#[derive(clap::Args)]
struct Listed {
    #[command(flatten)]
    place: Place,
}

impl Account {
    /// Does what was asked.
    pub(super) fn run(self) -> Result<()> {
        let now_ms = (clock::system())();
        match self.command {
            Command::Add(Add { named, role }) => {
                let role = match role {
                    RoleName::Admin => Role::Admin,
                    RoleName::Viewer => Role::Viewer,
                };
                let (store, password) = (named.place.open()?, ask(named.password_stdin)?);
                add(&store, &named.name, role, &password, Cost::STANDARD, now_ms)?;
                let object = format!("{}（{}）", named.name, role.label());
                note(&store, Kind::AccountAdded, &object, now_ms)?;
                say(&format!("账号 {} 已添加（{}）。首次登录时会要求换密码。", named.name, role.label()))
            }
            Command::Reset(named) => {
                let (store, password) = (named.place.open()?, ask(named.password_stdin)?);
                reset(&store, &named.name, &password, Cost::STANDARD, now_ms)?;
                note(&store, Kind::AccountReset, &named.name, now_ms)?;
                say(&format!("账号 {} 的密码已重置，可以登录了。首次登录时会要求换密码。", named.name))
            }
            Command::Lock(Locked { place, name }) => {
                let store = place.open()?;
                store.change_account(&name, true, now_ms, |account| account.locked_at_ms = Some(now_ms))?;
                note(&store, Kind::AccountLocked, &name, now_ms)?;
                say(&format!("账号 {name} 已停用，它的登录都已退出。"))
            }
            Command::List(Listed { place }) => list(&place.open()?),
        }
    }
}

fn list(store: &Store) -> Result<()> {
    let accounts = store.accounts()?;
    if accounts.is_empty() {
        return say("还没有账号。用 account add 添加第一个。");
    }
    accounts.iter().try_for_each(|account| {
        let last = account.signed_in_at_ms.map_or_else(|| "从未".to_owned(), day_time);
        let state = if account.locked_at_ms.is_some() { "  已停用" } else { "" };
        say(&format!("{}  {}  最近登录 {last}{state}", account.name, account.role.label()))
    })
}

fn note(store: &Store, kind: Kind, object: &str, now_ms: i64) -> Result<()> {
    Ok(store.note_act(&NewAct { account: "", act: kind.as_code(), about: "", object }, now_ms)?)
}

/// The password from the first line of the standard input, or asked twice on the terminal.
fn ask(from_stdin: bool) -> Result<String> {
    if from_stdin {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line).context("没有读到密码，请从标准输入给一行")?;
        return Ok(line.trim_end_matches(['\r', '\n']).to_owned());
    }
    if !std::io::stdin().is_terminal() {
        bail!("这里不是终端，没法询问密码；请加 --password-stdin 并从标准输入给密码");
    }
    let password = rpassword::prompt_password("首次密码（至少 12 个字符）：")?;
    if password != rpassword::prompt_password("再输一遍：")? {
        bail!("两次输入的密码不一样，请重新来一遍");
    }
    Ok(password)
}
