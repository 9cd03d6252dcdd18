//! What tests, benches and the demonstration share: PCs driven through the command list, a clock that is set by hand,
//! a started district, the fixtures.
//!
//! Never shipped. Deliberately absent: mocks. The file is real SQLCipher, the district is real, over TLS.

pub mod bench;
pub mod clock;
pub mod demo;
pub mod desk;
pub mod district;
pub mod fixtures;
pub mod fuzz;
pub mod line;
pub mod pc;
pub mod picture;
pub mod portal;
pub mod sim;
pub mod web;
