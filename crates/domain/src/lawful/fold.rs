//! Text with everything taken out that could hide a word: full-width forms, blanks, separators
//! between characters, invisible characters, capitals, and the traditional forms of the
//! characters that the tables use.

use crate::text::{half_width, is_invisible};

/// Traditional → simplified, only for characters in the tables of `terms`.
const TRADITIONAL: &[(char, char)] = &[
    ('獻', '献'),
    ('訪', '访'),
    ('級', '级'),
    ('纏', '缠'),
    ('鬧', '闹'),
    ('罰', '罚'),
    ('減', '减'),
    ('處', '处'),
    ('懲', '惩'),
    ('資', '资'),
    ('產', '产'),
    ('財', '财'),
    ('貸', '贷'),
    ('餘', '余'),
    ('額', '额'),
    ('銀', '银'),
    ('證', '证'),
    ('稅', '税'),
    ('納', '纳'),
    ('單', '单'),
    ('債', '债'),
    ('紋', '纹'),
    ('臉', '脸'),
    ('聲', '声'),
    ('識', '识'),
    ('別', '别'),
    ('遺', '遗'),
    ('傳', '传'),
    ('體', '体'),
    ('檢', '检'),
    ('診', '诊'),
    ('斷', '断'),
    ('殘', '残'),
    ('歷', '历'),
    ('禮', '礼'),
    ('榮', '荣'),
    ('譽', '誉'),
    ('補', '补'),
    ('貼', '贴'),
    ('權', '权'),
    ('檔', '档'),
    ('類', '类'),
    ('評', '评'),
    ('為', '为'),
    ('爲', '为'),
    ('於', '于'),
    ('達', '达'),
    ('決', '决'),
    ('條', '条'),
    ('軌', '轨'),
    ('跡', '迹'),
    ('蹤', '踪'),
    ('參', '参'),
    ('優', '优'),
    ('選', '选'),
    ('勵', '励'),
    ('獎', '奖'),
    ('紅', '红'),
    ('數', '数'),
    ('線', '线'),
    ('積', '积'),
    ('帳', '账'),
    ('賬', '账'),
    ('戶', '户'),
    ('記', '记'),
    ('錄', '录'),
    ('況', '况'),
    ('動', '动'),
    ('險', '险'),
    ('業', '业'),
    ('個', '个'),
];

/// The letters and digits of a text, one by one, ready for comparison.
pub(super) fn fold(text: &str) -> Vec<char> {
    text.chars()
        .filter(|c| !is_invisible(*c))
        .map(half_width)
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .map(simplified)
        .collect()
}

fn simplified(c: char) -> char {
    TRADITIONAL.iter().find(|(traditional, _)| *traditional == c).map_or(c, |(_, simple)| *simple)
}
