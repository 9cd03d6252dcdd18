//! `POST /api/{ask|act}/{name}`: the reply, or a Fault with a status that fits.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use zhenxin_app::Kind;
use zhenxin_app::contract::{Fault, FaultCode};

use crate::server::Served;

/// Runs one command.
pub async fn call(
    State(served): State<Served>,
    Path((kind, name)): Path<(String, String)>,
    request: Result<Json<Value>, JsonRejection>,
) -> Response {
    match run(served, &kind, name, request).await {
        Ok(reply) => Json(reply).into_response(),
        Err(fault) => (status(fault.code), Json(fault)).into_response(),
    }
}

async fn run(
    served: Served,
    kind: &str,
    name: String,
    request: Result<Json<Value>, JsonRejection>,
) -> Result<Value, Fault> {
    let kind = match kind {
        "ask" => Kind::Ask,
        "act" => Kind::Act,
        _ => return Err(Fault::new(FaultCode::BadRequest, "地址只有 /api/ask 和 /api/act 两种。")),
    };
    let Json(request) = request.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Fault::new(FaultCode::BadRequest, "文件太大，请减少照片或拆分名册后再试。"),
        _ => Fault::new(FaultCode::BadRequest, "请求不是完整的 JSON。"),
    })?;
    let app = served.app.as_ref().clone()?;
    tokio::task::spawn_blocking(move || app.call(kind, &name, request)).await.unwrap_or_else(|_| {
        Err(Fault::new(FaultCode::System, "程序内部出错，这一步没有做完，已保存的内容不受影响。请再试一次。"))
    })
}

/// The status nearest in meaning; screens read the Fault.
pub fn status(code: FaultCode) -> StatusCode {
    match code {
        FaultCode::BadRequest => StatusCode::BAD_REQUEST,
        FaultCode::Invalid | FaultCode::Unlawful | FaultCode::BadFile => StatusCode::UNPROCESSABLE_ENTITY,
        FaultCode::SignedOut | FaultCode::WrongPassword | FaultCode::SecondFactor => StatusCode::UNAUTHORIZED,
        FaultCode::Forbidden => StatusCode::FORBIDDEN,
        FaultCode::Reauthenticate | FaultCode::PasswordDue => StatusCode::PRECONDITION_REQUIRED,
        FaultCode::Locked => StatusCode::TOO_MANY_REQUESTS,
        FaultCode::NotFound => StatusCode::NOT_FOUND,
        FaultCode::Conflict => StatusCode::CONFLICT,
        FaultCode::District => StatusCode::FAILED_DEPENDENCY,
        FaultCode::Store | FaultCode::System => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
