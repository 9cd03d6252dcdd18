//! 品牌并列: what the towns released of their brands, inside the console.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Query, State};
use axum::response::Response;
mod board;

use super::gate::Signed;
use super::overview::Asked;
use super::page::{Page, Section};
use super::places::Places;
use super::{Console, paths};
use crate::server::Site;
use crate::store::StoreError;

/// `GET /console/brands`.
pub(super) async fn show(
    State(console): State<Arc<Console>>,
    Extension(signed): Extension<Signed>,
    Query(asked): Query<Asked>,
) -> Response {
    let build = |site: &Site, _: &Signed| build(site).map(Some);
    console.show(signed, paths::BRANDS.to_owned(), asked.xlsx, build).await
}

fn build(site: &Site) -> Result<Page, StoreError> {
    let sheets = site.store().brand_sheets()?;
    let board = board::Board::of(&Places::of(site.store())?, &sheets);
    let mut page = Page::new(Section::Brands, "品牌并列", board.lead());
    page.download(board.table());
    page.html(board.html());
    Ok(page)
}
