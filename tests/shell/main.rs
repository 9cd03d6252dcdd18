//! The program in a real window: first run, sign-in and a second window, by keyboard alone.
//!
//! Run by `cargo xtask test`, or `cargo test --workspace --test shell`. Needs Linux with Xvfb and WebKitWebDriver
//! (`cargo xtask setup` installs them). Pictures of what it saw lie in target/shell afterwards.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

#[path = "../../xtask/src/display.rs"]
mod display;
mod driver;

use std::fs;
use std::path::{Path, PathBuf};

use display::Display;
use driver::{Window, key};

const SIGN_IN_NAME: &str = "wangfang";
const SHOWN_NAME: &str = "Fang Wang";
const PASSWORD: &str = "jiulonghu-2026";

fn main() {
    let display = Display::start().expect("Xvfb is there: cargo xtask setup installs it");
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let machine = Machine { display, home: home.path().to_owned(), data };
    let stories: [(&str, fn(&Machine)); 3] = [
        ("first run by keyboard", first_run),
        ("sign-in after closing", sign_in_again),
        ("nothing readable lies on the disk", nothing_readable),
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
        let home = self.home.to_str().unwrap();
        let environment = [
            ("DISPLAY", self.display.name.as_str()),
            ("WAYLAND_DISPLAY", ""),
            ("HOME", home),
            ("XDG_DATA_HOME", home),
            ("XDG_CACHE_HOME", home),
            ("XDG_CONFIG_HOME", home),
            ("ZHENXIN_DATA", self.data.to_str().unwrap()),
            ("ZHENXIN_KEYRING", "off"),
        ];
        Window::open(Path::new(env!("CARGO_BIN_EXE_zhenxin")), &environment)
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

    // the folder is taken: a second window opens nothing and says why
    let second = machine.open_window();
    second.sees("镇信已经打开了");
    keep(&second, "second-window");
}

fn sign_in_again(machine: &Machine) {
    let window = machine.open_window();
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
