//! The kinds of what is published, their columns, and the reading of a file.

use serde_json::{Map, Value};
use zhenxin_domain::workday::DayKind;
use zhenxin_protocol::wire::published;

use super::checks;
use super::{DOCUMENT_MAX_BYTES, Document, FIELD_MAX_CHARS, ROWS_MAX, Row, RowFault};

const TOO_LARGE: &str = "文件超过 1 MB，请确认选对了文件";

/// A kind of document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// 区划.
    Divisions,
    /// 工作日表.
    Holidays,
    /// 法律依据.
    LegalBases,
    /// 细则范本.
    RuleTemplates,
    /// 指标口径.
    KpiDefinitions,
}

/// A column of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Column {
    /// Its name in the file.
    pub(crate) name: &'static str,
    /// Its Chinese name.
    pub(crate) label: &'static str,
    /// Whether every row has it.
    pub(crate) needed: bool,
    /// Whether it is a whole number.
    pub(crate) number: bool,
}

const fn needed(name: &'static str, label: &'static str) -> Column {
    Column { name, label, needed: true, number: false }
}

const fn free(name: &'static str, label: &'static str) -> Column {
    Column { name, label, needed: false, number: false }
}

const fn number(column: Column) -> Column {
    Column { number: true, ..column }
}

/// The first column of each kind is its key.
const DIVISIONS: [Column; 4] =
    [needed("code", "代码"), needed("name", "名称"), needed("level", "级别"), needed("parent_code", "上级代码")];
const HOLIDAYS: [Column; 2] = [needed("date", "日期"), needed("kind", "类型")];
const LEGAL_BASES: [Column; 4] = [
    needed("key", "索引"),
    needed("title", "文件名称"),
    needed("article", "条款"),
    needed("in_force_from", "施行日期"),
];
const RULE_TEMPLATES: [Column; 11] = [
    needed("code", "编号"),
    needed("category", "类别"),
    needed("item", "项目"),
    number(needed("points", "分值")),
    needed("unit", "计分单位"),
    number(free("cap", "上限")),
    free("cap_period", "上限周期"),
    free("evidence", "佐证要求"),
    needed("subject", "计分对象"),
    number(free("valid_months", "有效期(月)")),
    free("basis", "依据"),
];
const KPI_DEFINITIONS: [Column; 10] = [
    needed("code", "编号"),
    needed("name", "指标"),
    needed("definition", "口径"),
    free("numerator", "分子"),
    free("denominator", "分母"),
    needed("unit", "单位"),
    needed("target", "目标"),
    needed("owner", "责任单位"),
    needed("source", "数据来源"),
    needed("period", "周期"),
];

impl Kind {
    /// All kinds, in the order of the page.
    pub(crate) const ALL: [Self; 5] =
        [Self::Divisions, Self::Holidays, Self::LegalBases, Self::RuleTemplates, Self::KpiDefinitions];

    /// The name on the wire.
    pub(crate) const fn as_code(self) -> &'static str {
        match self {
            Self::Divisions => published::DIVISIONS,
            Self::Holidays => published::HOLIDAYS,
            Self::LegalBases => published::LEGAL_BASES,
            Self::RuleTemplates => published::RULE_TEMPLATES,
            Self::KpiDefinitions => published::KPI_DEFINITIONS,
        }
    }

    /// The kind of this name.
    pub(crate) fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_code() == code)
    }

    /// The Chinese name.
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Divisions => "区划表",
            Self::Holidays => "工作日表",
            Self::LegalBases => "法律依据目录",
            Self::RuleTemplates => "细则范本",
            Self::KpiDefinitions => "指标口径",
        }
    }

    /// What towns do with it.
    pub(crate) const fn purpose(self) -> &'static str {
        match self {
            Self::Divisions => "镇街和村社的名称与代码",
            Self::Holidays => "推算工作日和办理期限",
            Self::LegalBases => "拒绝和提示时引用的条文",
            Self::RuleTemplates => "镇街制定细则时的参照，不自动生效",
            Self::KpiDefinitions => "行动计划指标的统一口径",
        }
    }

    /// Whether the towns' programs bring a table of their own.
    pub(crate) const fn is_bundled(self) -> bool {
        matches!(self, Self::Divisions | Self::Holidays | Self::LegalBases)
    }

    /// A value in words, where the file has a code.
    pub(crate) fn words(self, column: &Column, value: &'_ str) -> String {
        let word = match (self, column.name) {
            (Self::Holidays, "kind") => DayKind::from_code(value).map(DayKind::label),
            (Self::Divisions, "level") => [("district", "区"), ("town", "镇街"), ("village", "村社")]
                .into_iter()
                .find(|(code, _)| *code == value)
                .map(|(_, word)| word),
            _ => None,
        };
        word.unwrap_or(value).to_owned()
    }

    /// Its columns.
    pub(crate) const fn columns(self) -> &'static [Column] {
        match self {
            Self::Divisions => &DIVISIONS,
            Self::Holidays => &HOLIDAYS,
            Self::LegalBases => &LEGAL_BASES,
            Self::RuleTemplates => &RULE_TEMPLATES,
            Self::KpiDefinitions => &KPI_DEFINITIONS,
        }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// All faults at once: of the file, or else of its rows.
    pub(crate) fn read(self, bytes: &[u8]) -> Result<Document, Vec<RowFault>> {
        let (title, entries) = self.envelope(bytes).map_err(|fault| vec![fault])?;
        let mut faults = Vec::new();
        let rows: Vec<Row> = (1..).zip(&entries).map(|(at, entry)| self.row(at, entry, &mut faults)).collect();
        // a row that is not whole is not judged further, the others are: all faults at once
        let broken = faults.iter().map(|fault| fault.row).collect();
        faults.extend(checks::check(self, &rows, &broken));
        let document = Document { kind: self, title, rows };
        // numbers and escapes may be written longer than they came
        if faults.is_empty() && document.canonical().len() > DOCUMENT_MAX_BYTES {
            faults.push(RowFault::file(TOO_LARGE));
        }
        faults.sort_by_key(|fault| fault.row);
        if faults.is_empty() { Ok(document) } else { Err(faults) }
    }

    /// Title and rows of a file of this kind.
    fn envelope(self, bytes: &[u8]) -> Result<(String, Vec<Value>), RowFault> {
        if bytes.len() > DOCUMENT_MAX_BYTES {
            return Err(RowFault::file(TOO_LARGE));
        }
        // files saved by Windows programs begin with a mark that is no JSON
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let document: Value = serde_json::from_slice(bytes).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            RowFault::file(format!("文件不是完整的 JSON：第 {line} 行第 {column} 个字符附近读不下去，请改正后重新选择"))
        })?;
        let Value::Object(mut document) = document else {
            return Err(RowFault::file("文件最外层应是一个对象，含 kind, title, rows 三项"));
        };
        let kind = document.get("kind").and_then(Value::as_str).unwrap_or_default();
        if kind != self.as_code() {
            let found = Self::from_code(kind).map_or("没有写明类型的文件", Self::label);
            let wanted = self.as_code();
            return Err(RowFault::file(format!(
                "这是{found}，不是{}：kind 一项应为 \"{wanted}\"，请确认选对了文件",
                self.label()
            )));
        }
        let title = document.get("title").and_then(Value::as_str).unwrap_or_default().trim().to_owned();
        if title.is_empty() || title.chars().count() > 60 {
            return Err(RowFault::file("title 一项应是 1 到 60 字的标题，如“2027 年放假安排”"));
        }
        match document.remove("rows") {
            Some(Value::Array(rows)) if rows.is_empty() => Err(RowFault::file("rows 一项是空的，至少要有一行")),
            Some(Value::Array(rows)) if rows.len() > ROWS_MAX => {
                Err(RowFault::file("rows 一项超过 5,000 行，请确认选对了文件"))
            }
            Some(Value::Array(rows)) => Ok((title, rows)),
            _ => Err(RowFault::file("没有 rows 一项，数据应放在 rows 的列表里")),
        }
    }

    fn row(self, at: usize, entry: &Value, faults: &mut Vec<RowFault>) -> Row {
        let none = Map::new();
        let fields = entry.as_object().unwrap_or(&none);
        if !entry.is_object() {
            faults.push(RowFault {
                row: at,
                column: "",
                message: "这一行不是对象，请写成 {\"列名\": 值, …}".to_owned(),
            });
            return Row { kind: self, values: Vec::new() };
        }
        let columns = self.columns();
        if let Some(strange) = fields.keys().find(|key| columns.iter().all(|column| column.name != *key)) {
            let strange: String = strange.chars().take(40).collect();
            faults.push(RowFault {
                row: at, column: "", message: format!("不认识的列“{strange}”，请改名或删去")
            });
        }
        let values = columns.iter().map(|column| {
            field(column, fields.get(column.name)).unwrap_or_else(|message| {
                faults.push(RowFault { row: at, column: column.label, message });
                String::new()
            })
        });
        Row { kind: self, values: values.collect() }
    }
}

fn field(column: &Column, value: Option<&Value>) -> Result<String, String> {
    let text = match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => zhenxin_domain::text::sentence(text),
        Some(Value::Number(number)) => number.to_string(),
        Some(_) => return Err("应填文字或数字".to_owned()),
    };
    if text.is_empty() && column.needed {
        return Err("没有填，请补上".to_owned());
    }
    if text.chars().count() > FIELD_MAX_CHARS {
        return Err(format!("最多 {FIELD_MAX_CHARS} 字，请缩短"));
    }
    if column.number && !text.is_empty() && text.parse::<u32>().is_err() {
        return Err("应填大于 0 的整数".to_owned());
    }
    Ok(if column.number && !text.is_empty() { text.trim_start_matches('0').to_owned() } else { text })
}
