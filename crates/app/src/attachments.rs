//! Files that a person adds: photographs and scans. A photograph is kept without what the telephone wrote into it
//! (place, time, number of the device).

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use zhenxin_documents::picture::{self, PictureError};
use zhenxin_store::EvidenceDraft;

use crate::{
    contract::{Fault, points::EvidenceFile},
    fault::sentence,
};

/// One photograph as a telephone takes it.
const FILE_BYTES_MAX: usize = 8 << 20;
const PDF: &str = "application/pdf";

/// Reads the files of one field, at most `max`; their kind is told by their content.
pub fn read_files(field: &str, files: &[EvidenceFile], max: usize) -> Result<Vec<EvidenceDraft>, Fault> {
    if files.len() > max {
        return Err(Fault::field(field, format!("文件最多 {max} 个，请去掉多余的再提交。")));
    }
    files.iter().map(|file| read_file(file).map_err(|message| Fault::field(field, message))).collect()
}

/// The same where only pictures are meant: marks and photographs.
pub fn read_pictures(field: &str, files: &[EvidenceFile], max: usize) -> Result<Vec<EvidenceDraft>, Fault> {
    let files = read_files(field, files, max)?;
    match files.iter().any(|file| file.mime == PDF) {
        true => Err(Fault::field(field, "这里请放 JPEG 或 PNG 图片；PDF 请加到佐证材料里。")),
        false => Ok(files),
    }
}

fn read_file(file: &EvidenceFile) -> Result<EvidenceDraft, String> {
    let bytes = BASE64.decode(&file.content).map_err(|_| "有一个文件没有传完整，请重新选择。".to_owned())?;
    if bytes.len() > FILE_BYTES_MAX {
        return Err("每个文件不超过 8 MB，请缩小后再选。".to_owned());
    }
    if bytes.starts_with(b"%PDF") {
        return Ok(EvidenceDraft { mime: PDF.to_owned(), bytes });
    }
    match picture::cleaned(&bytes) {
        Ok(cleaned) => Ok(EvidenceDraft { mime: "image/jpeg".to_owned(), bytes: cleaned.jpeg }),
        Err(PictureError::Kind) => Err("文件请用 JPEG、PNG 照片或 PDF。".to_owned()),
        Err(fault) => Err(sentence(&fault.to_string())),
    }
}

#[cfg(test)]
mod tests;
