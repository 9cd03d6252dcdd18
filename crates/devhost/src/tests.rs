#![allow(clippy::unwrap_used)]

use std::net::SocketAddr;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, Response, StatusCode};
use futures_util::StreamExt;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::broadcast;
use tower::ServiceExt;
use zhenxin_app::contract::{Fault, FaultCode};
use zhenxin_app::{App, AppConfig};

use crate::guard::Guard;
use crate::server::{Served, router};

const ADDRESS: &str = "127.0.0.1:4870";

struct Started {
    router: Router,
    changes: broadcast::Sender<String>,
    cookie: String,
    _folder: TempDir,
}

async fn start() -> Started {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("index.html"), "<title>镇信</title>").unwrap();
    std::fs::write(folder.path().join("app.js"), "1").unwrap();
    let app = App::open(AppConfig::new(folder.path().join("data")));
    let guard = Guard::new(ADDRESS.parse::<SocketAddr>().unwrap()).unwrap();
    let entrance = guard.entrance().split(ADDRESS).nth(1).unwrap().to_owned();
    let served = Served::new(app);
    let changes = served.changes.clone();
    let router = router(served, guard, folder.path()).unwrap();
    let welcome = router.clone().oneshot(get(&entrance).body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!((welcome.status(), header(&welcome, "location")), (StatusCode::SEE_OTHER, "/"));
    let cookie = header(&welcome, "set-cookie");
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    let cookie = cookie.split(';').next().unwrap().to_owned();
    Started { router, changes, cookie, _folder: folder }
}

fn get(path: &str) -> axum::http::request::Builder {
    Request::get(path).header("host", ADDRESS)
}

fn post(path: &str, cookie: &str) -> axum::http::request::Builder {
    Request::post(path).header("host", ADDRESS).header("cookie", cookie).header("content-type", "application/json")
}

fn header<'a>(response: &'a Response<Body>, name: &str) -> &'a str {
    response.headers().get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
}

impl Started {
    async fn send(&self, request: Request<Body>) -> Response<Body> {
        self.router.clone().oneshot(request).await.unwrap()
    }

    async fn refuses(&self, request: Request<Body>) {
        let response = self.send(request).await;
        assert_eq!(response.status(), StatusCode::FORBIDDEN);
        let fault: Fault = serde_json::from_value(body(response).await).unwrap();
        assert_eq!(fault.code, FaultCode::Forbidden);
    }
}

async fn body(response: Response<Body>) -> Value {
    serde_json::from_slice(&to_bytes(response.into_body(), 1 << 20).await.unwrap()).unwrap()
}

#[tokio::test]
async fn its_own_page_is_served_with_the_windows_policy() {
    let host = start().await;
    for path in ["/", "/residents/0193b0a0-7c1e-7cc3-98c4-dc0c0c07398f", "/app.js"] {
        let response = host.send(get(path).header("cookie", &host.cookie).body(Body::empty()).unwrap()).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        assert!(header(&response, "content-security-policy").starts_with("default-src 'none'"));
        assert_eq!(header(&response, "x-content-type-options"), "nosniff");
    }
    let missing = host.send(get("/gone.js").header("cookie", &host.cookie).body(Body::empty()).unwrap()).await;
    assert_eq!(missing.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn commands_are_answered_and_faults_have_their_status() {
    let host = start().await;
    let asked = post("/api/ask/app_state", &host.cookie).header("origin", format!("http://{ADDRESS}"));
    let response = host.send(asked.body(Body::from("{}")).unwrap()).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(body(response).await["phase"], json!("first_run"));

    let response = host.send(post("/api/ask/workbench", &host.cookie).body(Body::from("{}")).unwrap()).await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(body(response).await["code"], json!("signed_out"));

    for (path, text) in [("/api/ask/nonsense", "{}"), ("/api/read/app_state", "{}"), ("/api/ask/app_state", "{")] {
        let response = host.send(post(path, &host.cookie).body(Body::from(text)).unwrap()).await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{path} {text}");
        assert_eq!(body(response).await["code"], json!("bad_request"));
    }
}

#[tokio::test]
async fn a_forged_request_meets_the_gate_of_the_program() {
    let host = start().await;
    let call = async |path: &str, request: Value| {
        let response = host.send(post(path, &host.cookie).body(Body::from(request.to_string())).unwrap()).await;
        let status = response.status();
        (status, body(response).await)
    };
    let town = json!({ "town": "330211101", "sign_in_name": "wang", "password": "jiulonghu-2026" });
    assert_eq!(call("/api/act/create_town", town).await.0, StatusCode::OK);
    let user = json!({ "sign_in_name": "lu", "name": "陆敏", "password": "first-day-2026", "duties": ["viewer"] });
    assert_eq!(call("/api/act/add_user", user).await.0, StatusCode::OK);
    // behind the curtain, whatever page it comes from
    assert_eq!(call("/api/act/lock", json!({})).await.1["phase"], json!("locked"));
    let (status, refused) = call("/api/ask/users", json!({})).await;
    assert_eq!((status, &refused["code"]), (StatusCode::TOO_MANY_REQUESTS, &json!("locked")));
    // before the first password is changed, and without the duty
    let lu = json!({ "sign_in_name": "lu", "password": "first-day-2026" });
    assert_eq!(call("/api/act/sign_in", lu).await.0, StatusCode::OK);
    let (status, refused) = call("/api/ask/workbench", json!({})).await;
    assert_eq!((status, &refused["code"]), (StatusCode::PRECONDITION_REQUIRED, &json!("password_due")));
    let change = json!({ "old_password": "first-day-2026", "new_password": "lotus pond 7" });
    assert_eq!(call("/api/act/change_password", change).await.0, StatusCode::OK);
    // a read that was renamed to a write, and a command of somebody else
    assert_eq!(call("/api/act/users", json!({})).await.0, StatusCode::BAD_REQUEST);
    assert_eq!(call("/api/ask/users", json!({})).await.0, StatusCode::FORBIDDEN);
    let duties = json!({
        "user": "x", "duties": ["administrator"], "villages": [], "former_duties": [], "former_villages": [],
    });
    assert_eq!(call("/api/act/set_duties", duties).await.0, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_page_hears_what_changed() {
    let host = start().await;
    let response = host.send(get("/api/changes").header("cookie", &host.cookie).body(Body::empty()).unwrap()).await;
    assert_eq!(header(&response, "content-type"), "text/event-stream");
    host.changes.send("sync".to_owned()).unwrap();
    let event = response.into_body().into_data_stream().next().await.unwrap().unwrap();
    assert_eq!(event, "data: sync\n\n");
    host.refuses(get("/api/changes").body(Body::empty()).unwrap()).await;
}

#[tokio::test]
async fn nobody_else_gets_an_answer() {
    let host = start().await;
    let cookie = host.cookie.as_str();
    // no token: another user of the machine
    host.refuses(get("/").body(Body::empty()).unwrap()).await;
    host.refuses(get("/?token=0000").body(Body::empty()).unwrap()).await;
    host.refuses(post("/api/ask/app_state", "zhenxin-devhost-4870=0000").body(Body::from("{}")).unwrap()).await;
    // a name that resolves to this machine
    let rebound = Request::post("/api/ask/app_state").header("host", "evil.example:4870").header("cookie", cookie);
    host.refuses(rebound.header("content-type", "application/json").body(Body::from("{}")).unwrap()).await;
    // a page of another site
    for (name, value) in [("origin", "http://evil.example"), ("origin", "null"), ("sec-fetch-site", "cross-site")] {
        host.refuses(post("/api/act/sign_out", cookie).header(name, value).body(Body::from("{}")).unwrap()).await;
    }
    // a form of another site
    let form = Request::post("/api/act/sign_out").header("host", ADDRESS).header("cookie", cookie);
    host.refuses(form.header("content-type", "text/plain").body(Body::from("{}")).unwrap()).await;
}

#[tokio::test]
async fn no_request_of_the_screens_names_a_file_of_the_machine() {
    let host = start().await;
    let call = async |path: &str, request: Value| {
        let request = post(path, &host.cookie).body(Body::from(request.to_string())).unwrap();
        body(host.send(request).await).await
    };
    let founder = json!({ "town": "330211101", "sign_in_name": "wang", "name": "王", "password": "jiulonghu-2026",
        "device_label": "甲机" });
    assert_eq!(call("/api/act/create_town", founder).await["state"]["phase"], "ready");
    let import = json!({ "kind": "residents", "file_name": "a.csv", "path": "/etc/passwd", "dry_run": true,
        "accept_partial": true });
    for (path, request) in [
        ("/api/act/start_import", import),
        ("/api/act/export_bundle", json!({ "to": null, "path": "/tmp/out.zxb" })),
        ("/api/act/import_bundle", json!({ "upload": null, "path": "/etc/passwd" })),
    ] {
        let fault = call(path, request).await;
        assert_eq!(fault["code"], "bad_request", "{path}: {fault}");
        assert!(fault["message"].as_str().unwrap().contains("窗口不能直接读写本机的文件"), "{path}: {fault}");
    }
}
