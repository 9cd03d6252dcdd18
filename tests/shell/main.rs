//! The program in a real window, by keyboard alone: first run, sign-in and a second window on a new machine; crediting
//! service time and looking at the brand in the demonstration town.
//!
//! Run by `cargo xtask test`, or `cargo test --workspace --test shell`. Needs Linux with Xvfb and WebKitWebDriver
//! (`cargo xtask setup` installs them). Pictures of what it saw lie in target/shell afterwards.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

#[path = "../../xtask/src/display.rs"]
mod display;
mod driver;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use display::Display;
use driver::{Window, holds_within, key, wait_for};

const PROGRAM: &str = env!("CARGO_BIN_EXE_zhenxin");
const SIGN_IN_NAME: &str = "wangfang";
const SHOWN_NAME: &str = "Fang Wang";
const PASSWORD: &str = "jiulonghu-2026";
/// The reviewer of the demonstration town; everybody's password there is the one above.
const REVIEWER: &str = "li";
/// The demonstration town's active brand.
const BRAND: &str = "诚信湖畔";

type Story = (&'static str, fn(&Machine));

fn main() {
    let display = Display::start().expect("Xvfb is there: cargo xtask setup installs it");
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let machine = Machine { display, home: home.path().to_owned(), data };
    let stories: [Story; 4] = [
        ("first run by keyboard", first_run),
        ("sign-in after closing", sign_in_again),
        ("nothing readable lies on the disk", nothing_readable),
        ("time is credited, and the brand is seen", time_and_brand),
    ];
    for (name, story) in stories {
        story(&machine);
        println!("test {name} ... ok");
    }
    println!("{} passed, 0 failed", stories.len());
}

/// A machine with a display, a home of its own and no keyring.
struct Machine {
    display: Display,
    home: PathBuf,
    data: PathBuf,
}

impl Machine {
    fn open_window(&self) -> Window {
        self.open_window_on(&self.data)
    }

    fn open_window_on(&self, data: &Path) -> Window {
        Window::open(Path::new(PROGRAM), &self.environment(data))
    }

    /// Starts the program once more on the same folder and waits for its end.
    fn start_again(&self) -> ExitStatus {
        let mut second = Command::new(PROGRAM)
            .envs(self.environment(&self.data))
            .env("DBUS_SESSION_BUS_ADDRESS", "disabled:")
            .env("NO_AT_BRIDGE", "1")
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut ended = None;
        let in_time = holds_within(|| {
            ended = second.try_wait().unwrap();
            ended.is_some()
        });
        if !in_time {
            second.kill().unwrap();
            second.wait().unwrap();
        }
        ended.expect("the second start ends by itself")
    }

    fn environment<'m>(&'m self, data: &'m Path) -> [(&'static str, &'m str); 8] {
        let home = self.home.to_str().unwrap();
        [
            ("DISPLAY", self.display.name.as_str()),
            ("WAYLAND_DISPLAY", ""),
            ("HOME", home),
            ("XDG_DATA_HOME", home),
            ("XDG_CACHE_HOME", home),
            ("XDG_CONFIG_HOME", home),
            ("ZHENXIN_DATA", data.to_str().unwrap()),
            ("ZHENXIN_KEYRING", "off"),
        ]
    }
}

fn first_run(machine: &Machine) {
    let window = machine.open_window();
    window.sees("本机是哪个镇街的");
    keep(&window, "first-run");
    window.goes_to("的镇街");
    window.types("330211101");
    window.sees("九龙湖镇");
    window.types(key::DOWN);
    window.types(key::ENTER);
    window.sees("就是九龙湖镇");
    window.goes_to("就是九龙湖镇");
    window.types(key::ENTER);

    window.sees("谁是九龙湖镇的管理员");
    for (field, text) in [("登录名", SIGN_IN_NAME), ("姓名", SHOWN_NAME), ("密码", PASSWORD), ("再输一遍", PASSWORD)]
    {
        window.goes_to(field);
        window.types(text);
    }
    window.goes_to("建立数据文件");
    window.types(key::ENTER);

    window.sees("把恢复密钥留在纸上");
    let group = window.script("return document.querySelector('.key span:last-child').innerText");
    let group = group.as_str().unwrap();
    assert!(group.len() >= 4, "the key's last group is {group:?}");
    window.goes_to("输入最后一组");
    window.types(group);
    window.goes_to("已经留好");
    window.types(key::ENTER);

    window.sees("接入区平台");
    window.goes_to("以后再接入");
    window.types(key::ENTER);
    window.sees("数据文件建好了");
    window.goes_to("先看工作台");
    window.types(key::ENTER);
    window.sees(SHOWN_NAME);
    window.sees("工作台");
    keep(&window, "workbench");

    // a second start asks the first window to come forward, and ends without a window of its own
    assert!(machine.start_again().success(), "the second start has not ended well");
    assert!(!machine.data.join("window.show").exists(), "nobody has answered");
    window.sees("工作台");
    assert_eq!(window.script("return document.visibilityState"), "visible");

    // one that does not answer: the second window opens nothing and says why
    let stopped = fs::create_dir(machine.data.join("window.show"));
    stopped.unwrap();
    let second = machine.open_window();
    second.sees("镇信已经打开了");
    keep(&second, "second-window");
    fs::remove_dir(machine.data.join("window.show")).unwrap();
}

/// A page gone wrong calls past the screens: other commands of the framework, and the program's own without a sign-in.
const FORGED: &str = "
    window.forged = [];
    const calls = [
      ['plugin:fs|read_text_file', { path: '/etc/passwd' }], ['plugin:shell|open', { path: '/bin/sh' }],
      ['plugin:event|emit', { event: 'changed', payload: 'x' }], ['plugin:window|close', { label: 'main' }],
      ['plugin:webview|create_webview_window', { options: { label: 'x', url: 'https://example.org' } }],
      ['plugin:app|version', {}], ['plugin:path|resolve_directory', { directory: 1 }], ['call', {}],
      ['ask', { name: 'users', request: {} }], ['act', { name: 'add_user', request: {} }],
      ['ask', { name: 'no_such_command', request: {} }], ['act', { name: 'users', request: {} }],
    ];
    for (const [command, sent] of calls) {
      window.__TAURI_INTERNALS__.invoke(command, sent)
        .then(() => window.forged.push(command + ' was answered'), () => window.forged.push('refused'));
    }
    return calls.length;";

fn sign_in_again(machine: &Machine) {
    let window = machine.open_window();
    window.sees("登录名");
    let calls = window.script(FORGED).as_u64().unwrap() as usize;
    let answers = || window.script("return window.forged").as_array().cloned().unwrap_or_default();
    wait_for("an answer to each forged call", || answers().len() == calls);
    assert!(answers().iter().all(|answer| answer == "refused"), "{:?}", answers());
    // no other page, no second window
    window.script("window.open('https://example.org'); location.href = 'https://example.org'; return 0");
    window.sees("登录名");
    keep(&window, "sign-in");
    window.goes_to("登录名");
    window.types(SIGN_IN_NAME);
    window.goes_to("密码");
    window.types("not the password");
    window.types(key::ENTER);
    window.sees("密码不对");
    window.goes_to("密码");
    window.types(PASSWORD);
    window.types(key::ENTER);
    window.sees("工作台");
    window.sees(SHOWN_NAME);
}

fn nothing_readable(machine: &Machine) {
    let mut met = Vec::new();
    for entry in fs::read_dir(&machine.data).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let bytes = fs::read(&path).unwrap();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            for secret in [SIGN_IN_NAME, SHOWN_NAME, PASSWORD, "SQLite format 3"] {
                assert!(!contains(&bytes, secret.as_bytes()), "{name} holds {secret:?}");
            }
            met.push(name);
        }
    }
    for expected in ["town.db", "key.json", "zhenxin.log"] {
        assert!(met.iter().any(|name| name == expected), "no {expected} among {met:?}");
    }
}

fn time_and_brand(machine: &Machine) {
    let town = tempfile::tempdir().unwrap();
    demonstration(town.path());
    let window = machine.open_window_on(&town.path().join("office"));
    window.sees("登录名");
    window.goes_to("登录名");
    window.types(REVIEWER);
    window.goes_to("密码");
    window.types(PASSWORD);
    window.types(key::ENTER);
    window.goes_to("张服务单等您入账");
    keep(&window, "town-workbench");
    window.types(key::ENTER);

    window.goes_to("全部选中");
    window.types(" ");
    window.sees("选中 0 单");
    window.types(key::TAB);
    let number = window.focused();
    assert_eq!(number.len(), "K3QX-7M2P".len(), "the first order's tick is called {number:?}");
    window.types(" ");
    window.sees("选中 1 单");
    keep(&window, "credit");
    window.presses(key::CONTROL, key::ENTER);
    window.sees("已入账 1 单");

    window.presses(key::CONTROL, "k");
    window.types(&number);
    wait_for("the order among what was found", || {
        let found = format!(
            "return [...document.querySelectorAll('[role=option]')].some((e) => e.innerText.includes('{number}'))"
        );
        window.script(&found) == true
    });
    window.types(key::ENTER);
    window.sees("时间怎么算的");
    let volunteer = window.script("return document.querySelectorAll('.people a')[1].innerText");
    window.goes_to(volunteer.as_str().unwrap());
    // whoever is served may have the same name
    while window.script("return document.activeElement === document.querySelectorAll('.people a')[0]") == true {
        window.types(key::TAB);
    }
    window.types(key::ENTER);
    window.sees("时间明细");
    window.goes_to(&format!("服务单 {number}"));
    keep(&window, "time-account");

    window.presses(key::ALT, "5");
    window.sees(BRAND);
    window.sees("启用中");
    wait_for("the brand's mark", || !window.text().contains("正在读取"));
    keep(&window, "brands");
}

/// Builds the demonstration town with the program beside this one.
fn demonstration(folder: &Path) {
    let program = Path::new(env!("CARGO_BIN_EXE_zhenxin")).with_file_name("demo");
    let built = Command::new(&program).arg("--data").arg(folder).env("ZHENXIN_KEYRING", "off").output();
    let built = built.unwrap_or_else(|error| panic!("{}: {error}", program.display()));
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|part| part == wanted)
}

/// Keeps a picture for people.
fn keep(window: &Window, name: &str) {
    let folder = Path::new(env!("CARGO_BIN_EXE_zhenxin")).ancestors().nth(2).unwrap().join("shell");
    fs::create_dir_all(&folder).unwrap();
    let picture = window.picture();
    assert!(picture.starts_with(b"\x89PNG"), "not a picture");
    fs::write(folder.join(format!("{name}.png")), picture).unwrap();
}
