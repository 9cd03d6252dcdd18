//! The time bank: service types, needs, orders step by step, credits, gifts.

use zhenxin_domain::service_order::{ConfirmWay, Payer, Side, Step};
use zhenxin_domain::service_time::Coefficient;
use zhenxin_store::{GiftDraft, NeedDraft, OrderDraft, OrderMove, ServiceTypeDraft, StoreError};

use super::{Clerk, NOTHING, day};

impl Clerk<'_> {
    fn service_type(&mut self) -> Result<(), StoreError> {
        let known = if self.chance.hit(300) { self.chance.pick(&self.known.types).copied() } else { None };
        let percent = if self.chance.hit(500) { 100 } else { 150 };
        let draft = ServiceTypeDraft {
            service_type: known,
            code: "F01".to_owned(),
            name: "陪同就医".to_owned(),
            coefficient: Coefficient::new(percent).map_err(|_| NOTHING)?,
            in_force_from: day(0),
        };
        let (service_type, _) = self.write(|tx| tx.record_service_type(&draft))?;
        self.known.types.push(service_type);
        Ok(())
    }

    pub(super) fn order(&mut self) -> Result<(), StoreError> {
        if self.known.types.is_empty() || self.chance.hit(100) {
            return self.service_type();
        }
        if self.chance.hit(200) {
            return self.need();
        }
        let service_type = *self.chance.pick(&self.known.types).ok_or(NOTHING)?;
        let payer = if self.chance.hit(500) { Payer::Own } else { Payer::Reserve };
        let draft = OrderDraft {
            need: self.chance.pick(&self.known.needs).copied().filter(|_| payer == Payer::Reserve),
            beneficiary: self.resident()?,
            service_type,
            day: day(self.chance.below(3)),
            start_min: 540,
            planned_min: 120,
            payer,
            place: Some("区人民医院门诊".to_owned()),
            note: None,
        };
        let orders = self.write(|tx| tx.post_orders(&[draft]))?;
        self.known.orders.extend(orders);
        // a slip that was filled in at once
        if self.chance.hit(400) { self.step() } else { Ok(()) }
    }

    fn need(&mut self) -> Result<(), StoreError> {
        if self.chance.hit(300) {
            let need = *self.chance.pick(&self.known.needs).ok_or(NOTHING)?;
            return self.write(|tx| tx.close_need(need, "已由亲属照料")).map(|_| ());
        }
        let draft = NeedDraft {
            resident: self.resident()?,
            service_type: *self.chance.pick(&self.known.types).ok_or(NOTHING)?,
            day: day(2),
            start_min: 600,
            planned_min: 60,
            place: None,
            note: None,
        };
        let need = self.write(|tx| tx.post_need(&draft))?;
        self.known.needs.push(need);
        Ok(())
    }

    pub(super) fn step(&mut self) -> Result<(), StoreError> {
        let order = *self.chance.pick(&self.known.orders).ok_or(NOTHING)?;
        let volunteer = self.resident()?;
        let whole = [
            Step::Take(volunteer),
            Step::SignIn(540),
            Step::SignOut(600 + self.chance.below(120) as u16),
            Step::Confirm(Side::Volunteer, ConfirmWay::Slip),
            Step::Confirm(Side::Beneficiary, ConfirmWay::Slip),
        ];
        let steps = match self.chance.below(10) {
            0 => vec![Step::Cancel],
            1 => vec![Step::Dispute],
            2 => vec![whole[0]],
            3 => whole[1..3].to_vec(),
            4 => whole[3..].to_vec(),
            _ => whole.to_vec(),
        };
        let reason = matches!(steps[0], Step::Cancel | Step::Dispute).then(|| "本人不在".to_owned());
        self.write(|tx| tx.move_orders(&[OrderMove { order, steps, reason }])).map(|_| ())
    }

    pub(super) fn credit(&mut self) -> Result<(), StoreError> {
        let waiting = self.store.read(|reader| reader.orders_to_credit(8))?;
        let order = self.chance.pick(&waiting).ok_or(NOTHING)?.id;
        self.write(|tx| tx.credit_orders(&[order])).map(|_| ())
    }

    pub(super) fn gift(&mut self) -> Result<(), StoreError> {
        let giver = self.resident()?;
        let to = if self.chance.hit(600) { Some(self.resident()?) } else { None };
        let amount_min = 10 * (1 + self.chance.below(12) as u32);
        let draft = GiftDraft { giver, to, amount_min, relation: Some("子女".to_owned()), note: None };
        let gift = self.write(|tx| tx.give_minutes(&draft))?;
        self.known.gifts.push(gift);
        Ok(())
    }
}
