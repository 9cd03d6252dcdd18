//! Surnames that are read otherwise than the character (《现代汉语词典》, 姓氏 readings).

/// Surnames of two characters first: 尉迟 is not 尉.
const SURNAMES: &[(&str, &[&str])] = &[
    ("尉迟", &["yu", "chi"]),
    ("万俟", &["mo", "qi"]),
    ("单于", &["chan", "yu"]),
    ("长孙", &["zhang", "sun"]),
    ("澹台", &["tan", "tai"]),
    ("亓官", &["qi", "guan"]),
    ("单", &["shan"]),
    ("仇", &["qiu"]),
    ("解", &["xie"]),
    ("曾", &["zeng"]),
    ("区", &["ou"]),
    ("查", &["zha"]),
    ("盖", &["ge"]),
    ("朴", &["piao"]),
    ("乐", &["yue"]),
    ("任", &["ren"]),
    ("缪", &["miao"]),
    ("繁", &["po"]),
    ("黑", &["he"]),
    ("秘", &["bi"]),
    ("洗", &["xian"]),
    ("种", &["chong"]),
    ("重", &["chong"]),
    ("员", &["yun"]),
    ("召", &["shao"]),
    ("覃", &["qin"]),
    ("翟", &["zhai"]),
    ("谌", &["chen"]),
    ("折", &["she"]),
    ("隗", &["wei"]),
    ("宁", &["ning"]),
    ("祭", &["zhai"]),
    ("葛", &["ge"]),
    ("柏", &["bai"]),
    ("句", &["gou"]),
];

/// The surname's own reading, syllable by syllable.
pub(super) fn reading(name: &str) -> Option<&'static [&'static str]> {
    SURNAMES.iter().find(|(surname, _)| name.starts_with(surname)).map(|(_, syllables)| *syllables)
}
