//! Made-up residents from a seed: the same number gives the same people on every machine.

use chrono::{Days, NaiveDate};

/// First day of birth; the last one is [`BIRTH_DAYS`] later, so that everybody is past 14.
const FIRST_BIRTH: (i32, u32, u32) = (1936, 1, 1);
const BIRTH_DAYS: usize = 27_000;
/// Sequence numbers of one day that one turn through all days may use: 1,000 shared by 19 turns.
const SEQUENCES_A_TURN: usize = 52;
/// People that the sequence numbers allow.
pub const PEOPLE_MAX: usize = BIRTH_DAYS * (1_000 / SEQUENCES_A_TURN);
/// One in so many has no telephone, as in the roster of the fixtures.
const WITHOUT_PHONE: usize = 7;

/// Surnames with their reading as a surname; frequent ones stand more often.
const SURNAMES: &[(&str, &str)] = &[
    ("王", "wang"),
    ("王", "wang"),
    ("王", "wang"),
    ("李", "li"),
    ("李", "li"),
    ("李", "li"),
    ("张", "zhang"),
    ("张", "zhang"),
    ("张", "zhang"),
    ("刘", "liu"),
    ("刘", "liu"),
    ("陈", "chen"),
    ("陈", "chen"),
    ("陈", "chen"),
    ("杨", "yang"),
    ("黄", "huang"),
    ("赵", "zhao"),
    ("吴", "wu"),
    ("周", "zhou"),
    ("徐", "xu"),
    ("孙", "sun"),
    ("马", "ma"),
    ("朱", "zhu"),
    ("胡", "hu"),
    ("郭", "guo"),
    ("何", "he"),
    ("林", "lin"),
    ("罗", "luo"),
    ("郑", "zheng"),
    ("梁", "liang"),
    ("谢", "xie"),
    ("宋", "song"),
    ("唐", "tang"),
    ("许", "xu"),
    ("邓", "deng"),
    ("冯", "feng"),
    ("韩", "han"),
    ("曹", "cao"),
    ("曾", "zeng"),
    ("彭", "peng"),
    ("萧", "xiao"),
    ("蔡", "cai"),
    ("潘", "pan"),
    ("田", "tian"),
    ("董", "dong"),
    ("袁", "yuan"),
    ("于", "yu"),
    ("余", "yu"),
    ("叶", "ye"),
    ("蒋", "jiang"),
    ("杜", "du"),
    ("苏", "su"),
    ("魏", "wei"),
    ("程", "cheng"),
    ("吕", "lv"),
    ("丁", "ding"),
    ("沈", "shen"),
    ("任", "ren"),
    ("姚", "yao"),
    ("卢", "lu"),
    ("傅", "fu"),
    ("钟", "zhong"),
    ("单", "shan"),
    ("仇", "qiu"),
    ("解", "xie"),
    ("竺", "zhu"),
    ("虞", "yu"),
    ("励", "li"),
];
/// Characters of given names with their readings.
const GIVEN: &[(&str, &str)] = &[
    ("伟", "wei"),
    ("芳", "fang"),
    ("娜", "na"),
    ("敏", "min"),
    ("静", "jing"),
    ("磊", "lei"),
    ("洋", "yang"),
    ("艳", "yan"),
    ("勇", "yong"),
    ("军", "jun"),
    ("杰", "jie"),
    ("娟", "juan"),
    ("涛", "tao"),
    ("明", "ming"),
    ("超", "chao"),
    ("秀", "xiu"),
    ("霞", "xia"),
    ("平", "ping"),
    ("刚", "gang"),
    ("桂", "gui"),
    ("英", "ying"),
    ("华", "hua"),
    ("玉", "yu"),
    ("兰", "lan"),
    ("红", "hong"),
    ("丽", "li"),
    ("建", "jian"),
    ("国", "guo"),
    ("海", "hai"),
    ("燕", "yan"),
    ("飞", "fei"),
    ("鹏", "peng"),
    ("志", "zhi"),
    ("强", "qiang"),
    ("春", "chun"),
    ("梅", "mei"),
    ("晓", "xiao"),
    ("东", "dong"),
    ("雪", "xue"),
    ("峰", "feng"),
    ("佳", "jia"),
    ("慧", "hui"),
    ("俊", "jun"),
    ("浩", "hao"),
    ("文", "wen"),
    ("婷", "ting"),
    ("宁", "ning"),
    ("阳", "yang"),
    ("丹", "dan"),
    ("萍", "ping"),
    ("凤", "feng"),
    ("玲", "ling"),
    ("龙", "long"),
    ("成", "cheng"),
    ("康", "kang"),
    ("永", "yong"),
];
/// First six digits of ID numbers of the neighbourhood.
const DIVISIONS: &[&str] = &["330211", "330211", "330211", "330203", "330206", "330226", "341225"];
const SIDES: &[&str] = &["东", "西", "南", "北", "中"];
const RELATIONS: &[&str] = &["配偶", "子", "女", "父亲", "母亲"];

/// A village of the town.
#[derive(Debug, Clone)]
pub struct Village {
    /// 12 digits.
    pub code: String,
    /// Name.
    pub name: String,
}

/// A made-up resident.
#[derive(Debug, Clone)]
pub struct Person {
    /// Index of the village.
    pub village: usize,
    /// Household number, ten digits.
    pub household_number: String,
    /// Relation to the head.
    pub relation: &'static str,
    /// Name.
    pub name: String,
    /// Readings of the name's characters.
    pub readings: Vec<&'static str>,
    /// 男 or 女, as the ID number says.
    pub sex: &'static str,
    /// ID number that checks out (GB 11643).
    pub id_number: String,
    /// Day of birth.
    pub birth: NaiveDate,
    /// Telephone, empty for some.
    pub phone: String,
    /// Address.
    pub address: String,
    /// Grid.
    pub grid: String,
}

impl Person {
    /// First letters of the name's readings.
    pub fn initials(&self) -> String {
        self.readings.iter().filter_map(|reading| reading.chars().next()).collect()
    }
}

/// SplitMix64: small, the same everywhere, good enough to spread data.
pub struct Seeded(u64);

impl Seeded {
    /// A sequence.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `limit`.
    pub fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).unwrap_or_default()
    }

    /// One of these.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    /// Random bytes.
    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        let mut bytes: Vec<u8> = (0..count.div_ceil(8)).flat_map(|_| self.next().to_le_bytes()).collect();
        bytes.truncate(count);
        bytes
    }
}

/// So many people, village after village, in households of one to five.
///
/// # Panics
/// For more than [`PEOPLE_MAX`]: their ID numbers would repeat.
pub fn people(count: usize, villages: &[Village], seed: u64) -> Vec<Person> {
    assert!(count <= PEOPLE_MAX, "{count} people, at most {PEOPLE_MAX} have different ID numbers");
    let mut random = Seeded::new(seed);
    let mut people = Vec::with_capacity(count);
    for (village, place) in villages.iter().enumerate() {
        let end = count * (village + 1) / villages.len();
        let mut household = 0;
        let mut left_in_household = 0;
        while people.len() < end {
            let head = left_in_household == 0;
            if head {
                household += 1;
                left_in_household = 1 + random.below(5);
            }
            left_in_household -= 1;
            let household_number = format!("{}{household:05}", &place.code[7..]);
            people.push(person(people.len(), village, place, household_number, head, &mut random));
        }
    }
    people
}

fn person(
    number: usize,
    village: usize,
    place: &Village,
    household_number: String,
    head: bool,
    random: &mut Seeded,
) -> Person {
    let (mut name, mut readings) = (String::new(), Vec::new());
    let given = 1 + usize::from(random.below(4) > 0);
    let characters = [*random.pick(SURNAMES), *random.pick(GIVEN), *random.pick(GIVEN)];
    for (character, reading) in &characters[..1 + given] {
        name.push_str(character);
        readings.push(*reading);
    }
    let first = NaiveDate::from_ymd_opt(FIRST_BIRTH.0, FIRST_BIRTH.1, FIRST_BIRTH.2).unwrap_or_default();
    let birth = first + Days::new((number % BIRTH_DAYS) as u64);
    let sequence = number / BIRTH_DAYS * SEQUENCES_A_TURN + random.below(SEQUENCES_A_TURN);
    let body = format!("{}{}{sequence:03}", random.pick(DIVISIONS), birth.format("%Y%m%d"));
    let phone = match random.below(WITHOUT_PHONE) {
        0 => String::new(),
        _ => format!("1{}{:09}", 3 + random.below(7), random.below(1_000_000_000)),
    };
    Person {
        village,
        household_number,
        relation: if head { "户主" } else { RELATIONS[random.below(RELATIONS.len())] },
        name,
        readings,
        sex: if sequence % 2 == 1 { "男" } else { "女" },
        id_number: format!("{body}{}", check_digit(&body)),
        birth,
        phone,
        address: format!("{}{}{}组{}号", place.name, random.pick(SIDES), 1 + random.below(9), 1 + random.below(200)),
        grid: format!("第{}网格", 1 + random.below(9)),
    }
}

/// GB 11643: weights 2^(17-i) mod 11.
fn check_digit(body: &str) -> char {
    const CHECK: &[u8; 11] = b"10X98765432";
    let sum: u32 =
        body.bytes().zip(0..).map(|(digit, place)| u32::from(digit - b'0') * ((1 << (17 - place)) % 11)).sum();
    char::from(CHECK[(sum % 11) as usize])
}

#[cfg(test)]
mod tests;
