#![allow(clippy::unwrap_used)]

use super::*;

#[test]
fn surnames_are_read_as_surnames_and_as_the_character() {
    for (name, expected) in [
        ("单红霞", vec!["shanhongxia", "shx", "danhongxia", "dhx"]),
        ("仇英", vec!["qiuying", "qy", "chouying"]),
        ("吕布", vec!["lvbu", "lubu", "lb"]),
        ("尉迟恭", vec!["yuchigong", "ycg"]),
        ("张三", vec!["zhangsan", "zs"]),
    ] {
        let sounds = sounds(name);
        for sound in expected {
            assert!(sounds.iter().any(|known| known == sound), "{name}: {sound} is not among {sounds:?}");
        }
    }
}

#[test]
fn readings_are_limited_however_many_the_characters_have() {
    assert!(sounds("和和和和和和和和和和和和").len() <= 2 * READINGS_MAX);
    assert!(sounds("🙂").is_empty());
}
