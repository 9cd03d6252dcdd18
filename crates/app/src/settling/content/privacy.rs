//! What was decided about a person's data, in words.

use zhenxin_domain::privacy::RestrictReason;
use zhenxin_protocol::body::Body;

use super::Facts;
use crate::{contract::Fault, privacy::reasons};

impl Facts<'_, '_> {
    pub(super) fn privacy(&mut self, body: &Body) -> Result<(), Fault> {
        match body {
            Body::DataRestricted(body) => {
                self.resident("居民", body.resident)?;
                self.put("办理", if body.restricted { "限制处理" } else { "解除限制" });
                let code = body.reason.as_str();
                self.put_opt("原因", RestrictReason::from_code(code).map(RestrictReason::label));
                self.sealed("说明", body.resident.as_bytes(), "note", body.note.as_ref())
            }
            Body::ErasureAsked(body) => {
                self.resident("居民", body.resident)?;
                self.put("办理", "申请删除个人信息");
                self.put("原因", reasons::words(&body.reason));
                self.sealed("说明", body.resident.as_bytes(), "note", body.note.as_ref())
            }
            Body::ErasureRefused(body) => {
                self.resident("居民", body.resident)?;
                self.put("办理", "不予删除");
                self.sealed("说明", body.resident.as_bytes(), "note", body.note.as_ref())
            }
            Body::ErasureWithdrawn(body) => {
                self.resident("居民", body.resident)?;
                self.put("办理", "撤回删除申请");
                self.sealed("说明", body.resident.as_bytes(), "note", body.note.as_ref())
            }
            Body::ResidentErased(body) => {
                self.resident("居民", body.resident)?;
                self.put("办理", "删除个人信息");
                self.put("原因", reasons::words(&body.reason));
                Ok(())
            }
            _ => Ok(()),
        }
    }
}
