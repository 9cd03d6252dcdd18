use thiserror::Error;

/// Why a file could not be read. Each message says what to do next and holds nothing from the file.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SheetError {
    /// No bytes, or no sheet that can hold rows.
    #[error("文件是空的，里面没有表格。请重新导出或保存后再试")]
    EmptyFile,
    /// Larger than [`super::Limits::file_bytes`].
    #[error("文件超过 {limit_mb} MB，不能导入。请删去图片、多余的工作表，或按村社分成几个文件")]
    FileTooLarge {
        /// The limit, in MB.
        limit_mb: u64,
    },
    /// More than [`super::Limits::unpacked_bytes`] after unpacking, or packed so densely that it is no table.
    #[error("文件解开后过大，可能已损坏或不是普通表格，为安全起见没有读取。请用 Excel 或 WPS 打开后另存为 .xlsx 再试")]
    UnpacksTooLarge,
    /// Needs a password to be opened.
    #[error("文件设有打开密码，读不出内容。请在 Excel 或 WPS 中取消密码后保存再试")]
    PasswordProtected,
    /// A web page with the name of a workbook, as many office systems export it.
    #[error(
        "这个文件其实是网页格式，只是用了表格的扩展名。请用 Excel 或 WPS 打开，另存为“Excel 工作簿(.xlsx)”后再导入"
    )]
    WebPage,
    /// A spreadsheet in a format that is not read here.
    #[error("这是{format}，不能直接导入。请用 Excel 或 WPS 打开，另存为“Excel 工作簿(.xlsx)”后再导入")]
    OtherSpreadsheet {
        /// The format, in words.
        format: &'static str,
    },
    /// Something else: a document, a picture, an archive.
    #[error("这是{format}，不是表格。请选择 .xlsx、.xls 或 .csv 文件")]
    NotATable {
        /// What it seems to be, in words.
        format: &'static str,
    },
    /// Cut off or broken.
    #[error("文件不完整或已损坏，读不出内容。请重新下载或复制一次；仍不行，请用 Excel 或 WPS 打开后另存为 .xlsx 再试")]
    Damaged {
        /// What the reader met, for the log; not shown, holds nothing from the cells.
        detail: String,
    },
    /// More sheets than [`super::Limits::sheets`].
    #[error("文件里的工作表超过 {limit} 张，请分成几个文件导入")]
    TooManySheets {
        /// The limit.
        limit: usize,
    },
    /// More rows than [`super::Limits::rows`] on one sheet.
    #[error("第 {sheet} 张工作表超过 {limit} 行，请分成几个文件导入")]
    TooManyRows {
        /// Position of the sheet, from 1.
        sheet: usize,
        /// The limit.
        limit: usize,
    },
    /// Something stands to the right of [`super::Limits::columns`].
    #[error("第 {sheet} 张工作表第 {row} 行在第 {limit} 列以右还有内容，请删去多余的列后再导入")]
    TooManyColumns {
        /// Position of the sheet, from 1.
        sheet: usize,
        /// The row, as Excel numbers it.
        row: u32,
        /// The limit.
        limit: usize,
    },
    /// Cells of an .xls lie so far apart that reading them would take too much memory.
    #[error(
        "第 {sheet} 张工作表的内容散得太开，中间是大片空白。请删去远处零散的内容，或另存为“Excel 工作簿(.xlsx)”后再导入"
    )]
    TooSpread {
        /// Position of the sheet, from 1.
        sheet: usize,
    },
    /// A cell with more characters than [`super::Limits::cell_chars`].
    #[error("第 {sheet} 张工作表第 {row} 行第 {column} 列的文字超过 {limit} 字，请缩短后再导入")]
    TextTooLong {
        /// Position of the sheet, from 1.
        sheet: usize,
        /// The row, as Excel numbers it.
        row: u32,
        /// The column, from 1.
        column: usize,
        /// The limit, in characters.
        limit: usize,
    },
    /// The caller asked for a sheet that is not there.
    #[error("文件里没有第 {sheet} 张工作表，请重新选择")]
    NoSuchSheet {
        /// Position of the sheet, from 1.
        sheet: usize,
    },
}
