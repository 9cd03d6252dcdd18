use thiserror::Error;

use crate::picture::PictureError;

/// Why a paper could not be set. The messages are for the person at the screen.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DocumentError {
    /// A character that the bundled fonts cannot draw; printing it would leave a blank.
    #[error(
        "字体中没有“{character}”（U+{code_point:04X}），印出来会是空白，因此没有生成文件。请核对这个字是否录错；确属生僻字的，请联系区平台补充字体"
    )]
    MissingGlyph {
        /// The character itself.
        character: char,
        /// Its Unicode code point.
        code_point: u32,
    },
    /// The paper would have more pages than [`crate::layout::PAGES_MAX`].
    #[error("内容超过 {limit} 页，没有生成文件。请缩短起止日期，或者分几次打印")]
    TooManyPages {
        /// The largest number of pages of one paper.
        limit: usize,
    },
    /// A picture that belongs on the paper cannot be drawn.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// A bundled font or the PDF writer failed: a fault of the program, not of the data.
    #[error("排版没有完成，文件没有生成。请重新打开程序再试；仍不行，请把这句话告诉技术支持：{detail}")]
    Typesetting {
        /// What the writer said; holds no personal data.
        detail: String,
    },
}
