//! What comes over the line or on a stick.

use std::collections::BTreeSet;
use std::hint::black_box;
use std::path::Path;

use anyhow::{Context, Result};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use minicbor::{Decoder, Encoder};
use zhenxin_domain::ids::{DataKeyId, DeviceId, OpId};
use zhenxin_protocol::attachment::{open_attachment, seal_attachment};
use zhenxin_protocol::body::Body;
use zhenxin_protocol::bundle::item::{Item, NewEpoch, PageItem, Refusals, Vector};
use zhenxin_protocol::bundle::read::Closed;
use zhenxin_protocol::bundle::{ALG, Header, MAGIC, Recipient};
use zhenxin_protocol::canon::Canon;
use zhenxin_protocol::device_key::{Context as Signing, ED25519_TAG, sign_hash};
use zhenxin_protocol::entity::Entity;
use zhenxin_protocol::frame::{FrameError, decompress, from_cbor, to_cbor};
use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::merkle::Peaks;
use zhenxin_protocol::op::Op;
use zhenxin_protocol::seal::{Place, Sealed, SubjectKey, open, seal};
use zhenxin_protocol::wire::limits::BODY_DECOMPRESSED_MAX_BYTES;
use zhenxin_protocol::wire::{self, Answer, Ask, Endpoint};
use zhenxin_protocol::wrap::{self, Fresh};

use super::tables::in_words;
use super::{Target, Verdict, mutation, shapes};
use crate::sim::chance::Chance;

const KEY: [u8; 32] = [1; 32];
const SECRET: [u8; 32] = [4; 32];
const BUNDLE: [u8; 16] = [6; 16];
const READER: DeviceId = DeviceId::from_bytes([3; 16]);
/// How large what a frame bomb unpacks to would be: far beyond the limit.
const BOMB_BYTES: u64 = 8 << 30;

pub fn frame(_: &Path) -> Result<Target> {
    let mut samples = vec![bomb(BOMB_BYTES, None)?, bomb(BOMB_BYTES, Some(27))?];
    for shape in shapes::all()? {
        let ask = Ask { protocol: wire::PROTOCOL_NAME.to_owned(), major: 1, minor: 0, body: shape.bytes.clone() };
        samples.push(packed(&to_cbor(&ask))?);
        samples.push(packed(&shape.bytes)?);
    }
    Ok(Target { samples, change: behind_the_compression, run: Box::new(run_frame) })
}

/// Zeros without end in a few kilobytes; with the window as the sender would like it.
fn bomb(bytes: u64, window_log: Option<u32>) -> Result<Vec<u8>> {
    let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 3)?;
    if let Some(log) = window_log {
        encoder.window_log(log)?;
    }
    // a gigabyte is seen as a bomb as well as eight are, and is made in a second
    let mut zeros = std::io::Read::take(std::io::repeat(0), bytes.min(1 << 30));
    std::io::copy(&mut zeros, &mut encoder)?;
    Ok(encoder.finish()?)
}

fn packed(plain: &[u8]) -> Result<Vec<u8>> {
    Ok(zstd::stream::encode_all(plain, 3)?)
}

/// Half of the cases change the frame, half what is inside.
fn behind_the_compression(chance: &mut Chance, samples: &[Vec<u8>]) -> Vec<u8> {
    let samples = &samples[2..];
    if chance.hit(500) {
        return mutation::bytes(chance, samples);
    }
    let sample = mutation::sample(chance, samples);
    let Ok(mut plain) = decompress(&sample, BODY_DECOMPRESSED_MAX_BYTES) else { return sample };
    for _ in 0..=chance.below(4) {
        mutation::change(chance, &mut plain, &[]);
    }
    packed(&plain).unwrap_or(sample)
}

fn run_frame(bytes: &[u8]) -> Result<Verdict, String> {
    match decompress(bytes, BODY_DECOMPRESSED_MAX_BYTES) {
        Ok(plain) if plain.len() > BODY_DECOMPRESSED_MAX_BYTES => return Err("larger than its limit".to_owned()),
        Ok(_) => {}
        Err(fault @ (FrameError::TooLarge { .. } | FrameError::Damaged | FrameError::Shape)) => {
            in_words(&fault.to_string())?;
        }
    }
    let asked = Endpoint::ALL.iter().filter(|endpoint| Ask::unpack(**endpoint, bytes).is_ok()).count();
    Ok(Verdict::any(asked > 0 || Answer::unpack(bytes).is_ok()))
}

/// Decodes as each shape; what was taken must be written again without a word.
macro_rules! as_each {
    ($bytes:expr, $($shape:ty),+ $(,)?) => {{
        let mut taken = false;
        $( if let Ok(value) = from_cbor::<$shape>($bytes) {
            black_box(to_cbor(&value));
            taken = true;
        } )+
        taken
    }};
}

pub fn wire(_: &Path) -> Result<Target> {
    let samples = shapes::all()?.into_iter().map(|shape| shape.bytes).collect();
    Ok(Target { samples, change: mutation::bytes, run: Box::new(run_wire) })
}

fn run_wire(bytes: &[u8]) -> Result<Verdict, String> {
    let outside = as_each!(bytes, Ask, Answer, Item, PageItem, Refusals, Vector, NewEpoch, Header, Op);
    let first = as_each!(
        bytes,
        wire::hello::HelloAnswer,
        wire::enrol::EnrolRequest,
        wire::enrol::EnrolAnswer,
        wire::ops::PushRequest,
        wire::ops::PushAnswer,
        wire::ops::PullRequest,
        wire::ops::PullAnswer,
        wire::heads::HeadsRequest,
        wire::heads::HeadsAnswer,
        wire::keys::GrantsRequest,
        wire::keys::GrantsAnswer,
        wire::keys::GrantRequest,
        wire::keys::GrantAnswer,
        wire::keys::KeysPushRequest,
        wire::keys::KeysPushAnswer,
        wire::keys::KeysPullRequest,
        wire::keys::KeysPullAnswer,
    );
    let second = as_each!(
        bytes,
        wire::published::PublishedRequest,
        wire::published::PublishedAnswer,
        wire::repair::RootsRequest,
        wire::repair::RootsAnswer,
        wire::repair::MendRequest,
        wire::repair::MendAnswer,
        wire::repair::EpochRequest,
        wire::repair::EpochAnswer,
        wire::rights::RightsRequest,
        wire::rights::RightsAnswer,
        wire::blobs::BlobsHaveRequest,
        wire::blobs::BlobsHaveAnswer,
        wire::blobs::BlobsPutRequest,
        wire::blobs::BlobsPutAnswer,
        wire::blobs::BlobsGetRequest,
        wire::blobs::BlobsGetAnswer,
        wire::snapshot::SnapshotPutRequest,
        wire::snapshot::SnapshotGetAnswer,
        wire::snapshot::Manifest,
    );
    black_box((Peaks::from_bytes(bytes).map(|peaks| peaks.root()), Entity::from_bytes(bytes)));
    Ok(Verdict::any(outside || first || second))
}

pub fn op(_: &Path) -> Result<Target> {
    let samples = shapes::ops()?.iter().map(Op::to_bytes).collect::<Result<_, _>>()?;
    Ok(Target { samples, change: mutation::bytes, run: Box::new(run_op) })
}

fn run_op(bytes: &[u8]) -> Result<Verdict, String> {
    let op = match Op::from_bytes(bytes) {
        Ok(op) => op,
        Err(fault) => return in_words(&fault.to_string()).map(|()| Verdict::Refused),
    };
    match op.read_body() {
        Ok(body) => {
            black_box(body.map(|body| op.entities(&body).len()));
            Ok(Verdict::Taken)
        }
        Err(fault) => in_words(&fault.to_string()).map(|()| Verdict::Refused),
    }
}

pub fn body(_: &Path) -> Result<Target> {
    let shapes = shapes::all()?;
    let samples = shapes.iter().filter(|shape| shape.kind().is_some()).map(|shape| shape.bytes.clone()).collect();
    Ok(Target { samples, change: mutation::bytes, run: Box::new(run_body) })
}

fn run_body(bytes: &[u8]) -> Result<Verdict, String> {
    let mut taken = false;
    for (kind, version) in Body::KINDS {
        if let Ok(Some(body)) = Body::decode(kind, *version, bytes) {
            // written again it must be the body that it was read as
            let again = Body::decode(kind, *version, &body.encode());
            if again != Ok(Some(body)) {
                return Err(format!("{kind} does not read back as it was taken"));
            }
            taken = true;
        }
    }
    Ok(Verdict::any(taken))
}

/// The samples are items; whole files are made of them.
pub fn bundle(_: &Path) -> Result<Target> {
    let shapes = shapes::all()?.into_iter().filter(|shape| shape.name.starts_with("bundle."));
    let items: Vec<Vec<u8>> = shapes.map(|shape| shape.bytes).collect();
    let mut samples: Vec<Vec<u8>> = items.iter().map(|item| file_of(&[packed(item)?])).collect::<Result<_>>()?;
    samples.push(file_of(&items.iter().map(|item| packed(item)).collect::<Result<Vec<_>>>()?)?);
    samples.push(file_of(&[bomb(BOMB_BYTES, None)?])?);
    Ok(Target { samples, change: behind_the_seal, run: Box::new(run_bundle) })
}

fn header() -> Result<Header> {
    let fresh = Fresh { ephemeral: [8; 32], nonce: [9; 24] };
    let me = Recipient::new(&BUNDLE, &KEY, Some(READER), &wrap::public_of(&SECRET), &fresh).context("recipient")?;
    Ok(Header {
        bundle: BUNDLE,
        town: "330211101".parse()?,
        author: None,
        made_at_ms: 1,
        recipients: vec![me],
        alg: ALG.to_owned(),
    })
}

/// A bundle of these compressed items, sealed as docs/PROTOCOL.md says; the end is left off.
fn file_of(items: &[Vec<u8>]) -> Result<Vec<u8>> {
    let header = header()?;
    let signature = sign_hash(&[2; 32], Signing::BundleHeader, &header.hash()).to_vec();
    let signature = wire::ops::HeadSignature { alg: ED25519_TAG.to_owned(), signature };
    let mut file = MAGIC.to_vec();
    let mut record = |bytes: &[u8]| -> Result<()> {
        file.extend(u32::try_from(bytes.len())?.to_be_bytes());
        file.extend_from_slice(bytes);
        Ok(())
    };
    record(&to_cbor(&header))?;
    record(&to_cbor(&signature))?;
    for (index, item) in (2_u64..).zip(items) {
        let mut nonce = [0; 24];
        nonce[..16].copy_from_slice(&BUNDLE);
        nonce[16..].copy_from_slice(&index.to_be_bytes());
        let aad = [header.hash().as_bytes().as_slice(), &index.to_be_bytes()].concat();
        let cipher = XChaCha20Poly1305::new((&KEY).into());
        let sealed = cipher.encrypt(&XNonce::from(nonce), Payload { msg: item, aad: &aad });
        record(&sealed.map_err(|_| anyhow::anyhow!("sealing"))?)?;
    }
    Ok(file)
}

/// Half of the cases change the file, half an item before it is sealed.
fn behind_the_seal(chance: &mut Chance, samples: &[Vec<u8>]) -> Vec<u8> {
    let samples = &samples[..samples.len() - 1];
    if chance.hit(400) {
        return mutation::bytes(chance, samples);
    }
    let items: Vec<Vec<u8>> = shapes::all().unwrap_or_default().into_iter().map(|shape| shape.bytes).collect();
    let mut made = Vec::new();
    for _ in 0..=chance.below(3) {
        let item = mutation::bytes(chance, &items);
        made.push(if chance.hit(900) { packed(&item).unwrap_or_default() } else { item });
    }
    file_of(&made).unwrap_or_default()
}

fn run_bundle(bytes: &[u8]) -> Result<Verdict, String> {
    let opened = Closed::read_any(bytes).and_then(|closed| closed.open(Some(READER), &SECRET));
    let mut reader = match opened {
        Ok(reader) => reader,
        Err(fault) => return in_words(&fault.to_string()).map(|()| Verdict::Refused),
    };
    let mut items = 0;
    loop {
        match reader.next_item() {
            Ok(Some(item)) => {
                black_box(item);
                items += 1;
            }
            Ok(None) => return Ok(Verdict::any(items > 0)),
            Err(fault) => return in_words(&fault.to_string()).map(|()| Verdict::any(items > 0)),
        }
    }
}

pub fn sealed(_: &Path) -> Result<Target> {
    let (key, id) = (SubjectKey::new([7; 32]), wrap::data_key_id(&KEY));
    let fresh = Fresh { ephemeral: [8; 32], nonce: [9; 24] };
    let samples = vec![
        written(&seal(&key, [5; 24], place(), "张三")?)?,
        seal_attachment(&key, &[9; 3_000])?,
        wrap::wrap_data_key(id, &KEY, &wrap::public_of(&SECRET), &fresh).context("wrap")?,
        wrap::wrap_subject_key(&[3; 16], &key, id, &KEY, [2; 24]),
        wrap::wrap_snapshot_key(&BUNDLE, &KEY, id, &KEY, [2; 24]),
        wrap::wrap_bundle_key(&BUNDLE, &KEY, &wrap::public_of(&SECRET), &fresh).context("wrap")?,
    ];
    let sound: BTreeSet<Vec<u8>> = samples.iter().cloned().collect();
    Ok(Target { samples, change: mutation::bytes, run: Box::new(move |bytes| run_sealed(&sound, bytes)) })
}

fn written(sealed: &Sealed) -> Result<Vec<u8>> {
    let mut encoder = Encoder::new(Vec::new());
    sealed.put(&mut encoder)?;
    Ok(encoder.into_writer())
}

const fn place() -> Place<'static> {
    Place { op: OpId::from_bytes([2; 16]), subject: [3; 16], field: "name" }
}

fn run_sealed(sound: &BTreeSet<Vec<u8>>, bytes: &[u8]) -> Result<Verdict, String> {
    let (key, id) = (SubjectKey::new([7; 32]), wrap::data_key_id(&KEY));
    let opened = [
        Sealed::take(&mut Decoder::new(bytes)).is_ok_and(|sealed| open(&key, place(), &sealed).is_ok()),
        open_attachment(&key, &Hash32::of(&[9; 3_000]), bytes).is_ok(),
        wrap::unwrap_data_key(id, bytes, &SECRET).is_some(),
        wrap::unwrap_subject_key(&[3; 16], bytes, id, &KEY).is_some(),
        wrap::unwrap_snapshot_key(&BUNDLE, bytes, id, &KEY).is_some(),
        wrap::unwrap_bundle_key(&BUNDLE, bytes, &SECRET).is_some(),
        wrap::unwrap_data_key(DataKeyId::from_bytes([0; 16]), bytes, &SECRET).is_some(),
    ];
    let taken = opened.contains(&true);
    // CBOR of a sealed value may be written in another way than ours; everything else opens as it was made or not at all
    if taken && !sound.contains(bytes) && !opened[0] {
        return Err("changed bytes were opened".to_owned());
    }
    Ok(Verdict::any(taken))
}
