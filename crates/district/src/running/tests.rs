#![allow(clippy::unwrap_used)]

use super::*;
use crate::cluster;

#[test]
fn a_district_on_a_server_starts_and_stops() {
    let dir = tempfile::tempdir().unwrap();
    let config = Config { store: cluster::database(), ..Config::local(dir.path()) };
    for _ in 0..2 {
        let district = District::start(&config).unwrap();
        assert!(dir.path().join(LISTENING_FILE).exists());
        district.stop().unwrap();
        assert!(!dir.path().join(LISTENING_FILE).exists());
    }
    assert!(!dir.path().join(crate::store::DATABASE_FILE).exists());
}
