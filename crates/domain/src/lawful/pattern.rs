//! Grades, thresholds and deductions that are patterns and no fixed words: `评为C级`,
//! `积分低于60分`, `六十分以下`, `扣两分`.

/// Words that make a number a threshold. 满 and 达到 are left out: 满一年 is no threshold.
const BELOW: &[&str] = &["低于", "少于", "小于", "不足", "不满", "未满", "不到", "未达到", "未达", "达不到"];
/// Words for the score of a person.
const SCORES: &[&str] = &["积分", "信用分", "诚信分", "得分", "评分", "总分", "分数"];
/// How far a number may stand behind the word that makes it a threshold: 低于(镇平均)60分.
const NUMBER_WITHIN_CHARS: usize = 4;
/// What a letter grade is called.
const GRADES: &[char] = &['级', '等', '档', '类'];
/// Letter grades of places and licences, not of people.
const NOT_OF_PEOPLE: &[&str] = &["景区", "旅游", "驾照", "驾驶证", "景点", "危房", "房屋", "危险", "食堂"];

/// Words that take points away, directly before their number.
const MINUS: &[&str] = &["扣", "扣去", "扣掉", "减", "减去", "减掉", "罚", "负"];

/// The first deduction in folded text, in words for the message.
pub(super) fn deduction(folded: &[char]) -> Option<String> {
    (0..folded.len()).find_map(|at| {
        MINUS.iter().find_map(|word| {
            let rest = folded[at..].get(word.chars().count()..).filter(|_| starts_with(&folded[at..], word))?;
            let digits = rest.iter().take_while(|c| is_number(**c)).count();
            (digits > 0 && is_points(&rest[digits..])).then(|| format!("{word}…分"))
        })
    })
}

/// The first grade or threshold in folded text, in words for the message.
pub(super) fn threshold(folded: &[char]) -> Option<String> {
    (0..folded.len()).find_map(|at| {
        let rest = &folded[at..];
        below(&folded[..at], rest).or_else(|| range(&folded[..at], rest)).or_else(|| letter(&folded[..at], rest))
    })
}

/// 低于60分, 积分低于60.
fn below(before: &[char], rest: &[char]) -> Option<String> {
    let word = BELOW.iter().find(|word| starts_with(rest, word))?;
    let rest = &rest[word.chars().count()..];
    let gap = rest.iter().take(NUMBER_WITHIN_CHARS + 1).position(|c| is_number(*c))?;
    let rest = &rest[gap..];
    let digits = rest.iter().take_while(|c| is_number(**c)).count();
    let after = &rest[digits..];
    let scored = contains_any(before, SCORES) && after.first().is_none_or(|c| !is_measure(*c));
    (is_points(after) || scored).then(|| format!("{word}…分"))
}

/// 60分以下, 积分80分以上.
fn range(before: &[char], rest: &[char]) -> Option<String> {
    if !rest.first().is_some_and(|c| is_number(*c)) || before.last().is_some_and(|c| is_number(*c)) {
        return None;
    }
    let digits = rest.iter().take_while(|c| is_number(**c)).count();
    let after = &rest[digits..];
    if !is_points(after) {
        return None;
    }
    let after = &after[1..];
    let after = if starts_with(after, "及") || starts_with(after, "含") { &after[1..] } else { after };
    if starts_with(after, "以下") {
        Some("分以下".to_owned())
    } else if starts_with(after, "以上") && contains_any(before, SCORES) {
        Some("分以上".to_owned())
    } else {
        None
    }
}

/// C级; D档, D等, D类 only after 评 or 列为, for A类 alone is the name of many harmless things.
fn letter(before: &[char], rest: &[char]) -> Option<String> {
    let [grade @ ('a'..='f' | '甲' | '乙' | '丙' | '丁'), kind, after @ ..] = rest else {
        return None;
    };
    let rated = ["评为", "评定为", "评定", "评成", "列为", "定为", "划为", "归为", "降为", "判为"];
    let rated = rated.iter().any(|word| ends_with(before, word));
    let part_of_word = before.last().is_some_and(char::is_ascii_alphanumeric);
    let latin_grade = grade.is_ascii() && *kind == '级' && !part_of_word;
    let named = GRADES.contains(kind) && (latin_grade || rated);
    let harmless = NOT_OF_PEOPLE.iter().any(|word| starts_with(after, word));
    (named && !harmless).then(|| format!("{}{kind}", grade.to_ascii_uppercase()))
}

fn is_number(c: char) -> bool {
    c.is_ascii_digit() || "零〇一二三四五六七八九十百千两".contains(c)
}

/// 分 as points, not as the beginning of 分钟, 分贝, 分米, 分之.
fn is_points(text: &[char]) -> bool {
    text.first() == Some(&'分') && !text.get(1).is_some_and(|c| "钟贝米之公地".contains(*c))
}

/// What a number counts when it is no score: 不足30人, 不到5次.
fn is_measure(c: char) -> bool {
    "人次个件户天日月年周岁元万亿米克斤吨里亩平度小时分钟秒条场篇张棵只家名位项".contains(c)
}

fn starts_with(text: &[char], word: &str) -> bool {
    let mut rest = text.iter();
    word.chars().all(|c| rest.next() == Some(&c))
}

fn ends_with(text: &[char], word: &str) -> bool {
    let mut rest = text.iter().rev();
    word.chars().rev().all(|c| rest.next() == Some(&c))
}

fn contains_any(text: &[char], words: &[&str]) -> bool {
    (0..text.len()).any(|at| words.iter().any(|word| starts_with(&text[at..], word)))
}
