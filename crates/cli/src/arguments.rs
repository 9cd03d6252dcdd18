//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

const TEMPLATE: &str = "{about}\n\n用法：{usage}\n\n{all-args}{after-help}";
const AFTER: &str = "\
环境变量：
  ZHENXIN_PASSWORD  登录密码；没有时在终端上询问
  ZHENXIN_USER      登录名；等同 --user
  ZHENXIN_DATA      数据文件夹；等同 --data
  ZHENXIN_KEYRING   off: 不使用系统钥匙串，密钥由登录密码保护
  ZHENXIN_LOG       日志级别，如 info；写到标准错误

退出码：0 已完成；1 被拒绝（标准错误输出一行 JSON，说明原因）；2 用法不对";

/// What was asked for.
#[derive(Parser)]
#[command(name = "zhenxinctl", version, about = "镇信命令行：与窗口程序相同的全部命令", after_help = AFTER)]
#[command(help_template = TEMPLATE, disable_help_subcommand = true, subcommand_help_heading = "命令")]
#[command(subcommand_value_name = "命令", next_help_heading = "选项")]
pub struct Arguments {
    /// The town's folder.
    #[arg(long, global = true, value_name = "文件夹", help = "数据文件夹")]
    pub data: Option<PathBuf>,
    /// Sign-in name.
    #[arg(long, global = true, value_name = "登录名", help = "登录名；只有一个用户时可省略")]
    pub user: Option<String>,
    /// Replies as JSON.
    #[arg(long, global = true, help = "以 JSON 输出结果")]
    pub json: bool,
    /// The command.
    #[command(subcommand)]
    pub verb: Verb,
}

/// A command.
#[derive(Subcommand)]
pub enum Verb {
    /// Makes the town's file.
    #[command(about = "新建镇街的加密数据文件和第一个管理员，并给出恢复密钥")]
    Init {
        /// 9-digit code.
        #[arg(long, value_name = "9 位代码", help = "镇街代码，如 330211101")]
        town: String,
        /// Sign-in name of the first administrator.
        #[arg(long, value_name = "登录名", help = "管理员的登录名")]
        admin: String,
        /// Name shown and printed.
        #[arg(long, value_name = "姓名", help = "管理员的姓名；省略时与登录名相同")]
        name: Option<String>,
        /// What this PC is called.
        #[arg(long, value_name = "名称", help = "这台电脑的名称，如 综合办 1 号机")]
        label: Option<String>,
    },
    /// The command list.
    #[command(about = "列出全部命令：名称、读或写、所需职责、请求和结果的 JSON Schema")]
    Contract {
        /// As TypeScript.
        #[arg(long, help = "输出 TypeScript 类型")]
        typescript: bool,
        /// As a table of duties.
        #[arg(long, conflicts_with = "typescript", help = "输出职责权限表（Markdown）")]
        permissions: bool,
    },
    /// Reads.
    #[command(about = "执行一条读命令")]
    Ask {
        /// Command name.
        #[arg(value_name = "名称", help = "命令名，见 contract")]
        name: String,
        /// Request.
        #[arg(value_name = "JSON", help = "请求；- 表示从标准输入读；省略为空请求")]
        request: Option<String>,
    },
    /// Writes.
    #[command(about = "执行一条写命令")]
    Act {
        /// Command name.
        #[arg(value_name = "名称", help = "命令名，见 contract")]
        name: String,
        /// Request.
        #[arg(value_name = "JSON", help = "请求；- 表示从标准输入读；省略为空请求")]
        request: Option<String>,
    },
    /// Imports a workbook.
    #[command(about = "导入居民名册或积分细则；合格的行收下，有问题的行逐条列出")]
    Import {
        /// What it holds.
        #[arg(value_name = "种类", help = "residents 居民名册，rules 积分细则", hide_possible_values = true)]
        what: What,
        /// The workbook.
        #[arg(value_name = "文件", help = ".xlsx、.xls 或 .csv")]
        file: PathBuf,
        /// Village for sheets that name none.
        #[arg(long, value_name = "12 位代码", help = "工作表没有写明村社时使用的村社")]
        village: Option<String>,
        /// Only checks.
        #[arg(long, help = "只核对，不写入")]
        dry_run: bool,
        /// Where the faulty rows go.
        #[arg(long, value_name = "OUT.xlsx", help = "把有问题的行连同原因另存为工作簿")]
        errors: Option<PathBuf>,
    },
    /// Finds residents.
    #[command(about = "查找居民：姓名、拼音、户号、证件或电话后四位、地址")]
    Search {
        /// Words.
        #[arg(value_name = "文字", required = true, num_args = 1.., help = "多个词之间是“并且”")]
        text: Vec<String>,
    },
    /// Synchronises.
    #[command(about = "与区平台同步一次")]
    Sync,
    /// Writes a bundle.
    #[command(about = "U盘同步：导出同步文件，带到另一台电脑上导入")]
    BundleOut {
        /// File.
        #[arg(value_name = "OUT.zxb", help = "写到这个文件")]
        file: PathBuf,
        /// One PC.
        #[arg(
            long,
            value_name = "电脑",
            help = "只给这一台（电脑编号，见 sync_centre）；省略时给所有能读的电脑和区平台"
        )]
        to: Option<String>,
    },
    /// Takes a bundle in.
    #[command(about = "U盘同步：导入同步文件；同一个文件导入几次都一样")]
    BundleIn {
        /// File.
        #[arg(value_name = "IN.zxb", help = "同步文件")]
        file: PathBuf,
    },
    /// Joins the district.
    #[command(about = "用一次性接入码加入区平台")]
    Enrol {
        /// Address.
        #[arg(value_name = "网址", help = "区平台的 https 网址")]
        url: String,
        /// Code.
        #[arg(value_name = "接入码", help = "区里给出的一次性接入码")]
        code: String,
        /// Certificate authority.
        #[arg(long, value_name = "CA.pem", help = "区平台自有的根证书")]
        ca: Option<PathBuf>,
    },
    /// Prints a statement.
    #[command(about = "打印居民的积分对账单（PDF），并记下这次出具")]
    Statement {
        /// Resident.
        #[arg(value_name = "居民", help = "居民编号，或恰好只找到一人的查找文字")]
        resident: String,
        /// File.
        #[arg(value_name = "OUT.pdf", help = "写到这个文件")]
        file: PathBuf,
    },
    /// Proves the file.
    #[command(about = "校验：按操作日志重算全部数据，与现有数据逐表比对")]
    Verify,
    /// Makes a backup.
    #[command(about = "现在备份一次；设了第二位置的也拷过去")]
    Backup,
    /// Lists the backups.
    #[command(about = "列出备份和要注意的事")]
    Backups,
    /// Rehearses a backup.
    #[command(about = "演练：把备份恢复到临时位置，重算并核对，不动现有数据")]
    Rehearse {
        /// Backup.
        #[arg(value_name = "备份", help = "备份名，见 backups；省略时为最近一份能读的")]
        backup: Option<String>,
    },
    /// Restores a backup.
    #[command(about = "恢复备份：先说明会怎样，加 --yes 才真正恢复；现有数据文件移走，不删除")]
    Restore {
        /// Backup.
        #[arg(value_name = "备份", help = "备份名，见 backups")]
        backup: String,
        /// Does it.
        #[arg(long, help = "确认恢复")]
        yes: bool,
    },
}

/// What a workbook holds.
#[derive(Clone, Copy, ValueEnum)]
pub enum What {
    /// 居民名册.
    Residents,
    /// 积分细则.
    Rules,
}

/// Reads the command line; the error also carries help and version texts.
pub fn parse(words: impl IntoIterator<Item = OsString>) -> Result<Arguments, clap::Error> {
    let matches = in_chinese(Arguments::command()).try_get_matches_from(words)?;
    Arguments::from_arg_matches(&matches)
}

/// clap's own headings and options in Chinese.
pub fn in_chinese(command: clap::Command) -> clap::Command {
    let names: Vec<String> = command.get_subcommands().map(|verb| verb.get_name().to_owned()).collect();
    let mut command = own_options(command.version(env!("CARGO_PKG_VERSION")).disable_version_flag(true))
        .arg(clap::Arg::new("version").short('V').long("version").action(clap::ArgAction::Version).help("显示版本"));
    for name in names {
        command = command.mut_subcommand(name.clone(), |verb| {
            let operands: Vec<String> = verb.get_positionals().map(operand).collect();
            let usage = format!("zhenxinctl [选项] {name} {}", operands.join(" "));
            own_options(verb.help_template(TEMPLATE).override_usage(usage.trim_end().to_owned()))
        });
    }
    command.override_usage("zhenxinctl [选项] <命令>")
}

fn operand(argument: &clap::Arg) -> String {
    let name = argument.get_value_names().and_then(|names| names.first()).map_or("", |name| name.as_str());
    if argument.is_required_set() { format!("<{name}>") } else { format!("[{name}]") }
}

fn own_options(command: clap::Command) -> clap::Command {
    let mut order = 0;
    command
        .disable_help_flag(true)
        .arg(clap::Arg::new("help").short('h').long("help").action(clap::ArgAction::Help).help("显示说明"))
        .mut_args(|argument| {
            order += 1;
            let heading = if argument.is_positional() { "参数" } else { "选项" };
            argument.help_heading(heading).display_order(order)
        })
}
