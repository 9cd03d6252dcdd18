//! Every limit of the wire, with its reason. Both sides use these numbers: a
//! sender stays within them, a receiver refuses what passes them.

/// Most ops in one push: a transaction of this size takes the district well
/// under a second, so that fifty PCs coming back at once still take turns.
pub const PUSH_OPS_MAX: usize = 1_000;

/// Most op bytes in one push (1 MB): on a village's 1 Mbit/s uplink that is
/// eight seconds, short enough to lose and repeat. No single op passes
/// [`OP_MAX_BYTES`], so that one always fits.
pub const PUSH_MAX_BYTES: usize = 1_000_000;

pub use crate::op::OP_MAX_BYTES;

/// Most ops in one answer to a pull. A device takes an answer in one
/// transaction, and half of what that costs is the pages of the indexes that
/// every transaction writes anew: the larger, the fewer. With 5,000 the district
/// held 235 MB for fifty devices at once, with these 185.
pub const PULL_OPS_MAX: usize = 3_000;

/// Op bytes after which an answer to a pull is full (2 MB). The op that passes
/// it is still included, so that progress is certain; with the largest op the
/// answer stays well within [`BODY_MAX_BYTES`], although ciphertext does not
/// compress.
pub const PULL_MAX_BYTES: usize = 2_000_000;

/// Most scopes in one pull: a town has fewer than a hundred villages.
pub const SCOPES_MAX: usize = 1_000;

/// Most rows in one request or answer of the key lane: about 100 bytes each,
/// so 0.5 MB.
pub const KEY_ROWS_MAX: usize = 5_000;

/// Bytes of wrapped keys after which an answer of the key lane is full (2 MB).
pub const KEYS_PULL_MAX_BYTES: usize = 2_000_000;

/// Longest wrapped key in bytes: the wrap of a 32-byte key takes under 150;
/// the room is for another algorithm with longer ciphertexts.
pub const WRAPPED_KEY_MAX_BYTES: usize = 2_048;

/// Most devices of one town, as listed for the handing over of keys.
pub const DEVICES_MAX: usize = 1_000;

/// Most wrapped keys in one handing over, in one answer (0.7 MB) and from one giver
/// for one device: every device times a few data keys.
pub const GRANTS_MAX: usize = 5_000;

/// Longest device label in characters ("综合办 1 号机").
pub const LABEL_MAX_CHARS: usize = 40;

/// Largest body on the wire, compressed (4 MiB); four times a full push.
pub const BODY_MAX_BYTES: usize = 4 * 1024 * 1024;

/// Largest body after decompression (16 MiB): three times the largest answer.
pub const BODY_DECOMPRESSED_MAX_BYTES: usize = 16 * 1024 * 1024;

/// An op recorded more than this far ahead of the district's clock (one hour,
/// in milliseconds) is taken, but flagged [`super::ops::ISSUE_TIME_SUSPECT`].
pub const CLOCK_AHEAD_MAX_MS: i64 = 60 * 60 * 1_000;

/// Most subtree roots in one request: a bisection asks for 16 to 256 at a step.
pub const ROOTS_MAX: usize = 512;

/// Most ops in one mending; together within [`PUSH_MAX_BYTES`].
pub const MEND_OPS_MAX: usize = 500;

/// Most bytes in one piece of a blob (512 KiB): four seconds on a village's
/// 1 Mbit/s uplink, so that a broken line loses little and ops never wait long.
pub const BLOB_PIECE_MAX_BYTES: usize = 512 * 1024;

/// Most blob ids in one question.
pub const BLOBS_HAVE_MAX: usize = 1_000;

/// Largest attachment before it is sealed (20 MiB): a camera's photo or a
/// scanned booklet, with room.
pub const ATTACHMENT_MAX_BYTES: usize = 20 * 1024 * 1024;

/// Largest blob: the largest attachment and the tag of its cipher.
pub const BLOB_MAX_BYTES: u64 = ATTACHMENT_MAX_BYTES as u64 + 16;

/// Room for the blobs of a town that is not given another (20 GB): some
/// 10,000 photos.
pub const TOWN_QUOTA_BYTES: u64 = 20_000_000_000;

/// Bytes of one chunk of a snapshot (4 MiB): eight pieces.
pub const SNAPSHOT_CHUNK_BYTES: usize = 4 * 1024 * 1024;

/// Most chunks of a snapshot: 8 GB, ten times the largest town's file.
pub const SNAPSHOT_CHUNKS_MAX: usize = 2_000;

/// Most kinds and most documents in one exchange of what is published.
pub const PUBLISHED_MAX: usize = 100;

/// Largest published document in bytes.
pub const PUBLISHED_MAX_BYTES: usize = 1_000_000;

/// Longest text of a program's version, in bytes.
pub const PROGRAM_MAX_BYTES: usize = 64;

/// Largest bundle file (2 GB): a FAT32 stick takes 4 GB.
pub const BUNDLE_MAX_BYTES: u64 = 2_000_000_000;

/// Blobs that a bundle's vector names: more than a town's room holds, and a fourth
/// of what an item may be long.
pub const VECTOR_BLOBS_MAX: usize = 100_000;

/// Largest item of a bundle after decompression (16 MiB), as for a body on the
/// wire.
pub const BUNDLE_ITEM_MAX_BYTES: usize = BODY_DECOMPRESSED_MAX_BYTES;
