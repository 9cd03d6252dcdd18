//! `/v1/enrol`.

use zhenxin_domain::division::{Scope, TownCode};
use zhenxin_protocol::device_key::{Context, verify_hash};
use zhenxin_protocol::wire::code::EnrolCode;
use zhenxin_protocol::wire::enrol::{EnrolAnswer, EnrolRequest};
use zhenxin_protocol::wire::limits::LABEL_MAX_CHARS;
use zhenxin_protocol::wire::{Answer, Ask, FaultCode, WireFault};

use super::within;
use crate::caller::Caller;
use crate::server::Site;
use crate::store::enrol::{EnrolError, Newcomer};

pub(super) fn enrol(site: &Site, from: Caller, ask: &Ask) -> Result<Answer, WireFault> {
    let now_ms = (site.clock)();
    let spent = site.wrong_codes.spent(&from, now_ms).or_else(|| site.all_wrong_codes.spent(&(), now_ms));
    if let Some(retry_after_s) = spent {
        return Err(WireFault::busy(retry_after_s));
    }
    let request: EnrolRequest = ask.body()?;
    let newcomer = read(&request)?;
    let mut token = [0u8; 32];
    (site.random)(&mut token).map_err(|error| {
        tracing::error!(%error, "no random bytes");
        WireFault::of(FaultCode::Internal)
    })?;
    let device = site.store.let_in(&newcomer, &token, now_ms).map_err(|error| match error {
        EnrolError::Refused(code) => {
            if code == FaultCode::CodeUnknown {
                // the next one is judged by what is left, so the count itself cannot fail this one
                let _spent = (site.wrong_codes.count(from, now_ms), site.all_wrong_codes.count((), now_ms));
            }
            WireFault::of(code)
        }
        EnrolError::Store(error) => error.into(),
    })?;
    tracing::info!(device = %device.id, town = %device.town, "enrolled");
    let body = EnrolAnswer {
        token,
        scopes: device.scopes.iter().map(Scope::to_string).collect(),
        epoch: device.epoch,
        district_name: site.name.clone(),
        label: device.label,
        sign_key: site.store.sign_key(),
        seal_key: site.store.seal_key(),
    };
    Ok(Answer::done(site.store.lineage(), &body))
}

fn read(request: &EnrolRequest) -> Result<Newcomer, WireFault> {
    let code: EnrolCode = request.code.parse().map_err(|_| WireFault::of(FaultCode::CodeUnknown))?;
    let town: TownCode = request.town.parse().map_err(|_| WireFault::of(FaultCode::BadFrame))?;
    within(request.label.chars().count(), LABEL_MAX_CHARS)?;
    if request.label.chars().any(char::is_control) {
        return Err(WireFault::of(FaultCode::BadFrame));
    }
    verify_hash(&request.sign_key, Context::Enrolment, &request.proof_hash(), &request.proof)
        .map_err(|_| WireFault::of(FaultCode::BadSignature))?;
    Ok(Newcomer {
        code: code.hash(),
        device: request.device,
        town,
        label: request.label.trim().to_owned(),
        sign_key: request.sign_key,
        seal_key: request.seal_key,
    })
}
