//! Finds the header row under its title rows and says which column is what.

use zhenxin_documents::sheet::Cell;
use zhenxin_domain::text;

/// Title rows that may stand above the header; office forms have two or three.
pub const HEADER_SEARCH_ROWS: usize = 20;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Column {
    Sequence,
    Village,
    HouseholdNumber,
    Relation,
    Name,
    Sex,
    IdNumber,
    BirthDate,
    Phone,
    Address,
    Grid,
    Code,
    Category,
    Item,
    Points,
    Unit,
    Cap,
    CapPeriod,
    Evidence,
    Subject,
    ValidMonths,
    Basis,
    Ignored,
}

impl Column {
    /// The column's name on screens and in faults.
    pub fn label(self) -> &'static str {
        match self {
            Self::Sequence => "序号",
            Self::Village => "村社",
            Self::HouseholdNumber => "户编号",
            Self::Relation => "与户主关系",
            Self::Name => "姓名",
            Self::Sex => "性别",
            Self::IdNumber => "身份证号",
            Self::BirthDate => "出生日期",
            Self::Phone => "联系电话",
            Self::Address => "住址",
            Self::Grid => "网格",
            Self::Code => "编号",
            Self::Category => "类别",
            Self::Item => "项目",
            Self::Points => "分值",
            Self::Unit => "计分单位",
            Self::Cap => "上限",
            Self::CapPeriod => "上限周期",
            Self::Evidence => "佐证要求",
            Self::Subject => "计分对象",
            Self::ValidMonths => "有效期(月)",
            Self::Basis => "依据",
            Self::Ignored => "不导入",
        }
    }
}

/// Titles seen in real rosters, without blanks, brackets and punctuation.
const ROSTER_TITLES: &[(Column, &[&str])] = &[
    (Column::Sequence, &["序号", "序", "NO", "编号"]),
    (Column::Village, &["村社", "村", "社区", "村居", "所属村", "所属村社", "所属社区", "行政村", "村名", "村社名称"]),
    (Column::HouseholdNumber, &["户编号", "户号", "户籍号", "户口编号", "家庭编号", "户口簿编号", "户籍编号"]),
    (Column::Relation, &["与户主关系", "关系", "户主关系", "家庭关系", "成员关系"]),
    (Column::Name, &["姓名", "居民姓名", "名字", "成员姓名", "人员姓名", "户籍人口姓名"]),
    (Column::Sex, &["性别"]),
    (
        Column::IdNumber,
        &[
            "公民身份号码",
            "身份证号码",
            "身份证号",
            "身份证",
            "身份号码",
            "证件号码",
            "证件号",
            "公民身份证号码",
            "公民身份证号",
        ],
    ),
    (Column::BirthDate, &["出生日期", "出生年月", "出生年月日", "生日"]),
    (
        Column::Phone,
        &["联系电话", "手机", "联系方式", "手机号", "手机号码", "电话", "电话号码", "联系手机", "移动电话"],
    ),
    (Column::Address, &["住址", "家庭住址", "详细地址", "地址", "现住址", "居住地址", "户籍地址", "家庭地址", "住所"]),
    (Column::Grid, &["所属网格", "网格", "网格名称", "网格号"]),
];

/// Titles of a points catalogue.
const RULE_TITLES: &[(Column, &[&str])] = &[
    (Column::Code, &["编号", "编码", "细则编号", "项目编号", "代码", "序号"]),
    (Column::Category, &["类别", "类型", "大类", "积分类别"]),
    (Column::Item, &["项目", "积分项目", "项目名称", "内容", "积分内容", "积分事项", "细则"]),
    (Column::Points, &["分值", "积分", "分数", "积分值", "得分", "加分"]),
    (Column::Unit, &["计分单位", "单位"]),
    (Column::Cap, &["上限", "积分上限", "封顶", "最高分"]),
    (Column::CapPeriod, &["上限周期", "周期", "封顶周期"]),
    (Column::Evidence, &["佐证要求", "佐证", "佐证材料", "证明材料"]),
    (Column::Subject, &["计分对象", "对象", "积分对象"]),
    (Column::ValidMonths, &["有效期", "有效月数", "有效期月"]),
    (Column::Basis, &["依据", "制定依据", "法定依据", "政策依据"]),
    (Column::Ignored, &["应拒绝的原因", "原因", "原行号", "备注"]),
];

/// Which table is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Roster,
    Rules,
    SignIn,
}

impl Form {
    fn titles(self) -> &'static [(Column, &'static [&'static str])] {
        match self {
            Self::Roster | Self::SignIn => ROSTER_TITLES,
            Self::Rules => RULE_TITLES,
        }
    }

    /// Without these the row is no header of this form.
    pub fn required(self) -> &'static [Column] {
        match self {
            Self::Roster => &[Column::Name, Column::IdNumber],
            Self::Rules => &[Column::Code, Column::Item, Column::Points],
            Self::SignIn => &[Column::Name],
        }
    }
}

/// The header as it was found.
#[derive(Debug, Clone)]
pub struct Header {
    /// Row number as the spreadsheet shows it.
    pub row: u32,
    /// Titles as they stand there.
    pub titles: Vec<String>,
    columns: Vec<Option<Column>>,
}

impl Header {
    /// Reads a row as header; `None` where it is none.
    pub fn read(form: Form, row: u32, cells: &[Cell]) -> Option<Self> {
        let titles: Vec<String> = cells.iter().map(ToString::to_string).collect();
        let mut columns = Vec::with_capacity(titles.len());
        for title in &titles {
            let found = recognise(form, title).filter(|column| !columns.contains(&Some(*column)));
            columns.push(found);
        }
        form.required().iter().all(|column| columns.contains(&Some(*column))).then_some(Self { row, titles, columns })
    }

    /// The cell of a column; empty where the row ends before it or the sheet has no such column.
    pub fn cell<'row>(&self, column: Column, cells: &'row [Cell]) -> &'row Cell {
        let index = self.columns.iter().position(|found| *found == Some(column));
        index.and_then(|index| cells.get(index)).unwrap_or(&Cell::Empty)
    }

    /// A row of this sheet with these texts in the columns they belong to.
    pub fn row(&self, texts: &[(Column, &str)]) -> Vec<Cell> {
        let cell = |column: &Option<Column>| {
            let text = texts.iter().find(|(of, _)| Some(*of) == *column).map_or("", |(_, text)| text);
            if text.is_empty() { Cell::Empty } else { Cell::Text(text.to_owned()) }
        };
        self.columns.iter().map(cell).collect()
    }

    /// The title of a column as this sheet writes it.
    pub fn title(&self, column: Column) -> String {
        let index = self.columns.iter().position(|found| *found == Some(column));
        let title = index.and_then(|index| self.titles.get(index)).map(|title| plain(title));
        title.filter(|title| !title.is_empty()).unwrap_or_else(|| column.label().to_owned())
    }

    /// "title → field" of every recognised column, and the titles that were not recognised.
    pub fn describe(&self) -> (Vec<String>, Vec<String>) {
        let mut known = Vec::new();
        let mut unknown = Vec::new();
        for (title, column) in self.titles.iter().zip(&self.columns) {
            match column {
                Some(column) => known.push(format!("{} → {}", text::normalise(title), column.label())),
                None if !title.trim().is_empty() => unknown.push(text::normalise(title)),
                None => {}
            }
        }
        (known, unknown)
    }
}

fn recognise(form: Form, title: &str) -> Option<Column> {
    let plain = plain(title);
    form.titles().iter().find(|(_, names)| names.contains(&plain.as_str())).map(|(column, _)| *column)
}

/// A title without blanks, remarks in brackets and punctuation: "性 别" → "性别", "手机(必填)" → "手机".
fn plain(title: &str) -> String {
    let mut depth = 0_u32;
    let mut plain = String::new();
    for character in text::normalise(title).chars() {
        match character {
            '(' | '【' | '[' => depth += 1,
            ')' | '】' | ']' => depth = depth.saturating_sub(1),
            _ if depth > 0 || character.is_whitespace() => {}
            '*' | ':' | '.' | '/' | '、' | ',' | '。' => {}
            _ => plain.extend(character.to_uppercase()),
        }
    }
    plain
}

#[cfg(test)]
mod tests;
