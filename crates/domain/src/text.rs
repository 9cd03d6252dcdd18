//! Texts as cells and fields really hold them: full-width forms, invisible characters, blanks
//! inside names; and the masks under which personal values may be shown.

/// A text that does not fit its field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextFault {
    /// More characters than the field takes.
    #[error("文字过长：最多 {max} 字，现为 {found} 字，请缩短后再填")]
    TooLong {
        /// The field's limit in characters.
        max: usize,
        /// How many characters there are.
        found: usize,
    },
}

/// The 214 Kangxi radicals U+2F00–U+2FD5 as ordinary characters (Unicode compatibility mapping).
/// PDFs put them in place of the characters that look the same.
const KANGXI: &str = "\
一丨丶丿乙亅二亠人儿入八冂冖冫几凵刀力勹匕匚匸十卜卩厂厶又口囗土士夂夊夕大女子宀寸小尢尸屮山巛工己巾\
干幺广廴廾弋弓彐彡彳心戈戶手支攴文斗斤方无日曰月木欠止歹殳毋比毛氏气水火爪父爻爿片牙牛犬玄玉瓜瓦甘生\
用田疋疒癶白皮皿目矛矢石示禸禾穴立竹米糸缶网羊羽老而耒耳聿肉臣自至臼舌舛舟艮色艸虍虫血行衣襾見角言谷\
豆豕豸貝赤走足身車辛辰辵邑酉釆里金長門阜隶隹雨靑非面革韋韭音頁風飛食首香馬骨高髟鬥鬯鬲鬼魚鳥鹵鹿麥麻\
黃黍黑黹黽鼎鼓鼠鼻齊齒龍龜龠";
/// Simplified radicals that PDFs put in the same way; Unicode gives them no mapping.
const RADICALS: &[(char, char)] = &[
    ('⺟', '母'),
    ('⺠', '民'),
    ('⻁', '虎'),
    ('⻄', '西'),
    ('⻅', '见'),
    ('⻆', '角'),
    ('⻉', '贝'),
    ('⻋', '车'),
    ('⻓', '长'),
    ('⻔', '门'),
    ('⻘', '青'),
    ('⻙', '韦'),
    ('⻚', '页'),
    ('⻛', '风'),
    ('⻜', '飞'),
    ('⻝', '食'),
    ('⻢', '马'),
    ('⻣', '骨'),
    ('⻤', '鬼'),
    ('⻥', '鱼'),
    ('⻦', '鸟'),
    ('⻧', '卤'),
    ('⻨', '麦'),
    ('⻩', '黄'),
    ('⻬', '齐'),
    ('⻰', '龙'),
    ('⻳', '龟'),
];
const KANGXI_FIRST: u32 = 0x2F00;
const KANGXI_LAST: u32 = 0x2FD5;

/// The same text as a careful typist would have put it: full-width letters, digits, brackets and
/// punctuation become half-width, radicals become characters, invisible and control characters
/// go, runs of blanks become one blank, and leading apostrophes and outer blanks are dropped.
#[must_use]
pub fn normalise(raw: &str) -> String {
    tidy(raw, half_width)
}

/// A sentence as it was meant: Chinese punctuation stays, everything else is as in [`normalise`].
#[must_use]
pub fn sentence(raw: &str) -> String {
    tidy(raw, |c| {
        if matches!(c, '，' | '。' | '：' | '；' | '！' | '？' | '（' | '）') { c } else { half_width(c) }
    })
}

fn tidy(raw: &str, width: impl Fn(char) -> char) -> String {
    let mut plain = String::with_capacity(raw.len());
    for c in raw.chars().filter(|c| !is_invisible(*c)) {
        let c = width(c);
        if c.is_whitespace() || c.is_control() {
            if !plain.is_empty() && !plain.ends_with(' ') {
                plain.push(' ');
            }
        } else if !(plain.is_empty() && is_apostrophe(c)) {
            plain.push(c);
        }
    }
    plain.truncate(plain.trim_end().len());
    plain
}

/// A name as it is compared and stored: blanks inside a Chinese name go, words of Latin letters
/// keep one blank between them, and every kind of middle dot becomes `·`.
#[must_use]
pub fn squeeze_name(raw: &str) -> String {
    // blanks first: what stands beside a full stop is known only without them
    let chars = without_blanks(normalise(raw).chars().map(middle_dot));
    let han = |place: Option<usize>| place.and_then(|i| chars.get(i)).copied().is_some_and(is_han);
    let squeezed = chars.iter().enumerate().map(|(i, c)| match c {
        // a full stop between Chinese characters is a middle dot typed on the wrong key
        '.' if han(i.checked_sub(1)) && han(Some(i + 1)) => '·',
        _ => *c,
    });
    squeezed.collect()
}

/// The characters without the blanks that do not part words of Latin letters.
fn without_blanks(chars: impl Iterator<Item = char>) -> Vec<char> {
    let mut kept = Vec::new();
    let mut rest = chars.peekable();
    while let Some(c) = rest.next() {
        if c != ' ' || (kept.last().copied().is_some_and(is_latin) && rest.peek().copied().is_some_and(is_latin)) {
            kept.push(c);
        }
    }
    kept
}

/// Reads an optional one-line field; an empty one is `None`.
///
/// # Errors
/// [`TextFault::TooLong`] when it has more than `max_chars` characters after [`normalise`].
pub fn optional_line(raw: &str, max_chars: usize) -> Result<Option<String>, TextFault> {
    let line = normalise(raw);
    let found = line.chars().count();
    if found > max_chars {
        return Err(TextFault::TooLong { max: max_chars, found });
    }
    Ok(if line.is_empty() { None } else { Some(line) })
}

/// More stars would only tell how long the name is.
const NAME_STARS_MAX: usize = 4;

/// `张*三`, `张*`, `欧**娜`: the first and last character stay, a name of two keeps the first.
#[must_use]
pub fn mask_name(name: &str) -> String {
    let mut chars = name.chars();
    let (first, last) = (chars.next(), chars.next_back());
    let stars = "*".repeat(chars.count().min(NAME_STARS_MAX));
    match (first, last) {
        (None, _) => String::new(),
        (Some(_), None) => "*".to_owned(),
        (Some(first), Some(_)) if stars.is_empty() => format!("{first}*"),
        (Some(first), Some(last)) => format!("{first}{stars}{last}"),
    }
}

/// `138****5678`, `0574-****5678`: the first three digits or the area code, and the last four.
#[must_use]
pub fn mask_phone(phone: &str) -> String {
    const KEPT_LAST: usize = 4;
    const KEPT_FIRST: usize = 3;
    let chars: Vec<char> = phone.chars().collect();
    let first = chars.iter().position(|c| *c == '-').map_or(KEPT_FIRST, |dash| dash + 1);
    if chars.len() < first + KEPT_LAST + 1 {
        return "*".repeat(chars.len());
    }
    let head: String = chars[..first].iter().collect();
    let tail: String = chars[chars.len() - KEPT_LAST..].iter().collect();
    format!("{head}****{tail}")
}

/// `思源社区西***`: an address up to its first figure; of one without figures the first half. Something is always hidden.
#[must_use]
pub fn mask_address(address: &str) -> String {
    const FIGURES: &str = "一二三四五六七八九十百〇零两";
    /// More than a village and a street tells whose door it is.
    const SHOWN_MAX: usize = 8;
    let chars: Vec<char> = address.chars().collect();
    if chars.is_empty() {
        return String::new();
    }
    let figure = |at: &usize| {
        let c = chars[*at];
        // 一心村 is a name; 三组, 12号 and 二幢 are figures
        c.is_ascii_digit()
            || (FIGURES.contains(c)
                && chars[*at..]
                    .iter()
                    .find(|c| !FIGURES.contains(**c))
                    .is_some_and(|after| "组号幢栋弄室楼单区".contains(*after)))
    };
    let shown = (0..chars.len()).find(figure).unwrap_or(chars.len() / 2).min(SHOWN_MAX);
    chars[..shown].iter().chain(&['*', '*', '*']).collect()
}

/// Han characters of every block, extensions A to J and the compatibility block included.
#[must_use]
pub fn is_han(c: char) -> bool {
    matches!(c,
        '\u{3400}'..='\u{4DBF}'
        | '\u{4E00}'..='\u{9FFF}'
        | '\u{F900}'..='\u{FAFF}'
        | '\u{20000}'..='\u{2FA1F}'
        | '\u{30000}'..='\u{3347F}'
        | '〇')
}

/// Letters of the Latin alphabet with or without marks.
#[must_use]
pub fn is_latin(c: char) -> bool {
    c.is_ascii_alphabetic() || (matches!(c, '\u{C0}'..='\u{24F}' | '\u{1E00}'..='\u{1EFF}') && !matches!(c, '×' | '÷'))
}

/// The ordinary character for a full-width form or a radical.
pub(crate) fn half_width(c: char) -> char {
    match u32::from(c) {
        code @ 0xFF01..=0xFF5E => char::from_u32(code - 0xFEE0).unwrap_or(c),
        code @ KANGXI_FIRST..=KANGXI_LAST => KANGXI.chars().nth((code - KANGXI_FIRST) as usize).unwrap_or(c),
        0x2E80..=0x2EFF => RADICALS.iter().find(|(radical, _)| *radical == c).map_or(c, |(_, plain)| *plain),
        _ => c,
    }
}

/// Zero-width and direction marks, byte-order mark, soft hyphen, variation selectors: they come
/// along when text is copied from a chat or a PDF and make equal texts unequal.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{AD}'
        | '\u{34F}'
        | '\u{61C}'
        | '\u{180B}'..='\u{180E}'
        | '\u{200B}'..='\u{200F}'
        | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}'
        | '\u{FE00}'..='\u{FE0F}'
        | '\u{FEFF}'
        | '\u{FFF9}'..='\u{FFFB}'
        | '\u{E0000}'..='\u{E01EF}')
        || (c.is_control() && !c.is_whitespace())
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’' | '‘' | '`' | '′')
}

fn middle_dot(c: char) -> char {
    match c {
        '•' | '‧' | '・' | '･' | '⋅' | '∙' | '●' | '⸱' | '᛫' => '·',
        _ => c,
    }
}

#[cfg(test)]
mod tests;
