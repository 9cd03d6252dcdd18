//! What the district publishes: divisions, working days, legal bases, templates.

use zhenxin_protocol::heads::verify_published;
use zhenxin_protocol::wire::Endpoint;
use zhenxin_protocol::wire::limits::{PUBLISHED_MAX, PUBLISHED_MAX_BYTES};
use zhenxin_protocol::wire::published::{Published, PublishedAnswer, PublishedRequest};

use super::Workbench;
use crate::engine::Done;
use crate::failure::Failure;

impl Workbench {
    pub(super) async fn published(&self) -> Result<Done, Failure> {
        let request = PublishedRequest { have: self.store.published_versions()? };
        let answer: PublishedAnswer = self.ask(Endpoint::Published, &request).await?;
        let mut sound: Vec<Published> = Vec::new();
        for document in answer.documents.into_iter().take(PUBLISHED_MAX) {
            let proved =
                document.bytes.len() <= PUBLISHED_MAX_BYTES && verify_published(&self.link.sign_key, &document).is_ok();
            // one bad document must not hold up the exchange of records
            if proved {
                sound.push(document);
            } else {
                tracing::warn!(kind = document.kind, "a published document is not signed by the district");
            }
        }
        if !sound.is_empty() {
            self.store.keep_published(&sound)?;
        }
        Ok(Done::Published)
    }
}
