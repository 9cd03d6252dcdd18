//! Credit brands: dossier, standing, events with sign-in lists and photos, packages for the district.

use zhenxin_domain::brand::BrandStep;
use zhenxin_domain::event::{EventState, Setting};
use zhenxin_store::{
    BrandDraft, BrandTextsDraft, EventDraft, FileDraft, HandoverReview, MilestoneDraft, SignInDraft, StoreError,
};

use super::{Clerk, NOTHING, day};

impl Clerk<'_> {
    pub(super) fn brand(&mut self) -> Result<(), StoreError> {
        match self.chance.below(6) {
            0 | 1 => self.dossier(),
            2 | 3 => self.move_brand(),
            4 => self.handover(),
            _ => {
                let brand = *self.chance.pick(&self.known.brands).ok_or(NOTHING)?;
                let year = 2025 + self.chance.below(2) as i32;
                self.write(|tx| tx.assess_brand(brand, year, true, "达到年度目标")).map(|_| ())
            }
        }
    }

    fn dossier(&mut self) -> Result<(), StoreError> {
        let known = if self.chance.hit(500) { self.chance.pick(&self.known.brands).copied() } else { None };
        let texts = BrandTextsDraft {
            name: Some(format!("信用品牌{}", self.chance.below(4))),
            story: self.chance.hit(400).then(|| format!("故事{}", self.number())),
            ..Default::default()
        };
        let milestone =
            MilestoneDraft { title: Some("挂牌".to_owned()), due_on: Some(day(90)), ..Default::default() };
        let milestones = if self.chance.hit(400) { vec![milestone] } else { Vec::new() };
        let draft = BrandDraft { brand: known, texts, milestones, ..Default::default() };
        let saved = self.write(|tx| tx.record_brand(&draft))?;
        if known.is_none() {
            self.known.brands.push(saved.brand);
        }
        Ok(())
    }

    fn move_brand(&mut self) -> Result<(), StoreError> {
        let brand = *self.chance.pick(&self.known.brands).ok_or(NOTHING)?;
        let active = self.store.read(|reader| reader.active_brand())?.map(|row| row.id);
        let step = match self.chance.below(6) {
            0 => BrandStep::SendBack,
            1 => BrandStep::Resubmit,
            2 | 3 => BrandStep::Approve,
            4 => BrandStep::Activate { replaces: active },
            _ => BrandStep::Retire,
        };
        self.write(|tx| tx.move_brand(brand, step, Some("见会议纪要"))).map(|_| ())
    }

    fn handover(&mut self) -> Result<(), StoreError> {
        if self.chance.hit(400) {
            let handover = *self.chance.pick(&self.known.handovers).ok_or(NOTHING)?;
            let review = HandoverReview::SendBack { reason: "缺少盖章".to_owned() };
            return self.write(|tx| tx.review_handover(handover, review)).map(|_| ());
        }
        let brand = *self.chance.pick(&self.known.brands).ok_or(NOTHING)?;
        let handover = self.write(|tx| tx.request_handover(brand, "年度汇总"))?;
        self.known.handovers.push(handover);
        Ok(())
    }

    pub(super) fn event(&mut self) -> Result<(), StoreError> {
        let known = if self.chance.hit(600) { self.chance.pick(&self.known.events).copied() } else { None };
        let Some(event) = known else {
            let draft = EventDraft {
                title: Some("信用进社区".to_owned()),
                setting: Some(Setting::Community),
                planned_on: Some(day(40)),
                ..Default::default()
            };
            let event = self.write(|tx| tx.record_event(&draft))?;
            self.known.events.push(event);
            return Ok(());
        };
        match self.chance.below(3) {
            0 => {
                let held = (Some(EventState::Held), Some(day(40)));
                let draft = EventDraft { event: Some(event), state: held.0, held_on: held.1, ..Default::default() };
                self.write(|tx| tx.record_event(&draft)).map(|_| ())
            }
            1 => {
                let residents = vec![self.resident()?];
                let guests = vec![format!("来宾{}", self.number())];
                let draft = SignInDraft { residents, guests, removed: Vec::new() };
                self.write(|tx| tx.sign_event(event, &draft)).map(|_| ())
            }
            _ => {
                let photo = FileDraft { file: self.photo(), caption: Some("现场".to_owned()) };
                self.write(|tx| tx.event_photos(event, &[photo], &[])).map(|_| ())
            }
        }
    }
}
