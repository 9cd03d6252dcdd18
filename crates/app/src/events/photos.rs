//! Photographs of an activity, scaled and without their location.

use zhenxin_domain::ids::{EventId, EvidenceId, RequestId};
use zhenxin_store::FileDraft;

use super::{detail_of, find};
use crate::{
    Caller, attachments,
    contract::{Fault, FaultCode, events::*},
    form::Form,
    request::once,
    shown,
};

/// Photographs added at once.
const FILES_MAX: usize = 9;
/// Photographs of one activity: four sheets of the dossier.
const PHOTOS_MAX: usize = 36;
/// Characters of a caption.
const CAPTION_CHARS_MAX: usize = 60;

pub fn add_photos(caller: &Caller, request: AddEventPhotos) -> Result<EventDetail, Fault> {
    let request_id: RequestId = shown::parse_id(&request.request_id)?;
    let id: EventId = shown::parse_id(&request.event)?;
    let mut form = Form::default();
    let caption = form.line("caption", "照片说明", &request.caption, 0..=CAPTION_CHARS_MAX);
    if request.files.is_empty() {
        form.fault("files", "请至少选择一张照片。");
    }
    let files = attachments::read_pictures("files", &request.files, FILES_MAX).unwrap_or_else(|fault| {
        form.refused("files", fault);
        Vec::new()
    });
    form.done()?;
    let caption = (!caption.is_empty()).then_some(caption);
    let files: Vec<FileDraft> = files.into_iter().map(|file| FileDraft { file, caption: caption.clone() }).collect();
    let seen = caller.write(|tx| {
        let id = once(tx, request_id, |tx| {
            find(tx.reader(), id)?;
            if tx.reader().photos_of(id)?.len() + files.len() > PHOTOS_MAX {
                let message = format!("一场活动最多 {PHOTOS_MAX} 张照片，请挑选后再添加。");
                return Err(Fault::new(FaultCode::Conflict, message));
            }
            tx.event_photos(id, &files, &[])?;
            Ok(id)
        })?;
        Ok(id)
    })?;
    caller.read(|reader| detail_of(caller, reader, seen))
}

pub fn remove_photo(caller: &Caller, request: RemoveEventPhoto) -> Result<EventDetail, Fault> {
    let request_id: RequestId = shown::parse_id(&request.request_id)?;
    let id: EventId = shown::parse_id(&request.event)?;
    let file: EvidenceId = shown::parse_id(&request.file)?;
    let seen = caller.write(|tx| {
        let id = once(tx, request_id, |tx| {
            find(tx.reader(), id)?;
            if tx.reader().photos_of(id)?.iter().all(|row| row.id != file) {
                return Err(Fault::new(FaultCode::NotFound, "这张照片已不在活动里，请刷新后再看。"));
            }
            tx.event_photos(id, &[], &[file])?;
            Ok(id)
        })?;
        Ok(id)
    })?;
    caller.read(|reader| detail_of(caller, reader, seen))
}
