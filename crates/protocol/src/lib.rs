//! All that a client and the district share: the operation, its canonical bytes and hash chain, the
//! sealing of personal fields, and the shapes that travel over the wire.
//!
//! Invariants
//! - Stored bytes are the truth: an operation is hashed, signed and passed on as it came and is
//!   never re-encoded; keys that this program does not know stay in it.
//! - One value has one encoding ([`canon`]): maps with integer keys in ascending order, definite
//!   lengths, shortest integers, absent options left out.
//! - Every algorithm (hash, cipher, signature) is named by a tag beside its result.
//! - Randomness and time are arguments.
//!
//! Deliberately absent: I/O, the clock, a database, and what operations do to tables (that is
//! `store`'s fold on a client and the ordering in `district`).
#![deny(missing_docs)]

pub mod attachment;
pub mod audit;
pub mod body;
pub mod bundle;
pub mod canon;
pub mod device_key;
pub mod entity;
pub mod frame;
pub mod hash;
pub mod heads;
pub mod hlc;
pub mod merkle;
pub mod op;
pub mod seal;
pub mod wire;
pub mod wrap;
