//! Blobs, snapshots and what is published.

use zhenxin_domain::ids::DataKeyId;
use zhenxin_protocol::frame::to_cbor;
use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::heads::verify_published;
use zhenxin_protocol::wire::FaultCode;
use zhenxin_protocol::wire::blobs::{BlobState, BlobsGetRequest, BlobsPutAnswer, BlobsPutRequest};
use zhenxin_protocol::wire::heads::ScopeHead;
use zhenxin_protocol::wire::published::KindVersion;
use zhenxin_protocol::wire::snapshot::{Manifest, SnapshotPutRequest};

use super::{Bench, publish, stories};
use crate::fixture::{Author, NOW_MS, OTHER_VILLAGE, TOWN, VILLAGE, scope, town};
use crate::store::blob::{BlobError, BlobUse};
use crate::store::device::Device;

stories! {
    a_blob_grows_piece_by_piece_and_goes_on_after_a_cut
    a_blob_with_a_wrong_hash_is_dropped_as_a_whole
    a_full_town_is_told_so_and_gives_up_what_was_abandoned
    what_was_only_announced_keeps_nobody_out
    who_begins_too_much_loses_what_it_left_lying
    a_blob_is_for_those_who_may_read_its_scope
    a_snapshot_is_for_those_who_may_read_all_of_it
    what_is_published_is_signed_and_given_once
    of_two_who_publish_at_once_one_is_told
}

const QUOTA: u64 = 10_000;

fn whole(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at % 251) as u8).collect()
}

fn piece(id: u8, whole: &[u8], from: usize, to: usize) -> BlobsPutRequest {
    BlobsPutRequest {
        blob: Hash32([id; 32]),
        scope: scope(VILLAGE),
        total_bytes: whole.len() as u64,
        sealed_hash: Hash32::of(whole),
        offset: from as u64,
        bytes: whole[from..to].to_vec(),
    }
}

fn put(bench: &Bench, device: &Device, piece: &BlobsPutRequest) -> Result<BlobsPutAnswer, FaultCode> {
    bench.store.blobs_put(device, piece, QUOTA, NOW_MS).map_err(code)
}

fn code(error: BlobError) -> FaultCode {
    match error {
        BlobError::Refused(code) => code,
        BlobError::Store(error) => panic!("{error}"),
    }
}

fn got(bench: &Bench, device: &Device, id: u8) -> Result<Vec<u8>, FaultCode> {
    let mut bytes = Vec::new();
    loop {
        let asked = BlobsGetRequest { blob: Hash32([id; 32]), offset: bytes.len() as u64, limit: 700 };
        let answer = bench.store.blobs_get(device, &asked).map_err(code)?;
        if answer.bytes.is_empty() {
            assert_eq!(answer.total_bytes, bytes.len() as u64);
            assert_eq!(answer.sealed_hash, Hash32::of(&bytes));
            return Ok(bytes);
        }
        bytes.extend(answer.bytes);
    }
}

fn a_blob_grows_piece_by_piece_and_goes_on_after_a_cut(bench: Bench) {
    let device = bench.enrolled(&Author::new(1), &[]);
    let blob = whole(2_500);
    let put = |from, to| put(&bench, &device, &piece(7, &blob, from, to)).unwrap();
    let at = |have_bytes, done| BlobsPutAnswer { have_bytes, done };
    assert_eq!(put(0, 1_000), at(1_000, false));
    // the answer was lost: the same piece again says where to go on; a later one does not fit
    assert_eq!(put(0, 1_000), at(1_000, false));
    assert_eq!(put(1_500, 2_500), at(1_000, false));
    let have = |id: u8| bench.store.blobs_have(&device, &[Hash32([id; 32])]).unwrap()[0];
    let state = BlobState { blob: Hash32([7; 32]), have_bytes: 1_000, total_bytes: 2_500, done: false };
    assert_eq!(have(7), state);
    assert_eq!(have(8), BlobState { blob: Hash32([8; 32]), have_bytes: 0, total_bytes: 0, done: false });
    assert_eq!(got(&bench, &device, 7), Err(FaultCode::BlobUnknown));
    assert_eq!(put(1_000, 2_499), at(2_499, false));
    assert_eq!(put(2_499, 2_500), at(2_500, true));
    assert_eq!(put(2_499, 2_500), at(2_500, true));
    assert_eq!(got(&bench, &device, 7).unwrap(), blob);
    assert_eq!(
        bench.store.blob_use().unwrap(),
        [BlobUse { town: TOWN.to_owned(), blobs: 1, bytes: 2_500, unfinished: 0 }]
    );
    bench.sound();
}

fn a_blob_with_a_wrong_hash_is_dropped_as_a_whole(bench: Bench) {
    let device = bench.enrolled(&Author::new(1), &[]);
    let blob = whole(1_000);
    let mut wrong = piece(7, &blob, 500, 1_000);
    wrong.bytes[3] ^= 1;
    put(&bench, &device, &piece(7, &blob, 0, 500)).unwrap();
    assert_eq!(put(&bench, &device, &wrong), Err(FaultCode::BlobDamaged));
    assert_eq!(bench.store.blob_use().unwrap(), []);
    assert_eq!(put(&bench, &device, &piece(7, &blob, 0, 1_000)).unwrap().have_bytes, 1_000);
    // a complete one is not replaced by another whole
    let other = whole(900);
    assert_eq!(put(&bench, &device, &piece(7, &other, 0, 900)), Err(FaultCode::BlobDamaged));
    assert_eq!(got(&bench, &device, 7).unwrap(), blob);
    bench.sound();
}

fn a_full_town_is_told_so_and_gives_up_what_was_abandoned(bench: Bench) {
    let device = bench.enrolled(&Author::new(1), &[]);
    let large = whole(6_000);
    put(&bench, &device, &piece(1, &large, 0, 4_001)).unwrap();
    assert_eq!(put(&bench, &device, &piece(2, &large, 0, 6_000)), Err(FaultCode::Quota));
    // what was begun goes on
    assert_eq!(put(&bench, &device, &piece(1, &large, 4_001, 4_020)).unwrap().have_bytes, 4_020);
    let later = NOW_MS + 31 * 24 * 3_600 * 1_000;
    let taken = bench.store.blobs_put(&device, &piece(2, &large, 0, 6_000), QUOTA, later).map_err(code);
    assert!(taken.unwrap().done);
    assert_eq!(bench.store.blob_use().unwrap()[0].blobs, 1);
    bench.sound();
}

fn what_was_only_announced_keeps_nobody_out(bench: Bench) {
    let (hostile, honest) = (Author::new(1), Author::new(2));
    let (hostile, honest) = (bench.enrolled(&hostile, &[]), bench.enrolled(&honest, &[]));
    let large = whole(6_000);
    for id in 100..=110 {
        assert_eq!(put(&bench, &hostile, &piece(id, &large, 0, 0)).unwrap().have_bytes, 0);
    }
    assert!(put(&bench, &honest, &piece(1, &large, 0, 6_000)).unwrap().done);
    // nor does it get more room by having been there first
    assert_eq!(put(&bench, &hostile, &piece(100, &large, 0, 4_000)).unwrap().have_bytes, 4_000);
    assert_eq!(put(&bench, &hostile, &piece(101, &large, 0, 10)), Err(FaultCode::Quota));
    assert_eq!(put(&bench, &hostile, &piece(100, &large, 4_000, 4_001)), Err(FaultCode::Quota));
    assert!(bench.store.revoke(town(), hostile.id, NOW_MS).unwrap());
    assert_eq!(
        bench.store.blob_use().unwrap(),
        [BlobUse { town: TOWN.to_owned(), blobs: 1, bytes: 6_000, unfinished: 0 }]
    );
    bench.sound();
}

fn who_begins_too_much_loses_what_it_left_lying(bench: Bench) {
    let device = bench.enrolled(&Author::new(1), &[]);
    let other = bench.enrolled(&Author::new(2), &[]);
    let blob = whole(100);
    let begin = |device: &Device, id: u8, now_ms| {
        bench.store.blobs_put(device, &piece(id, &blob, 0, 10), QUOTA, now_ms).unwrap();
    };
    begin(&other, 200, NOW_MS - 1);
    (1..=20_u8).for_each(|id| begin(&device, id, NOW_MS + i64::from(id)));
    let have = |id: u8| bench.store.blobs_have(&device, &[Hash32([id; 32])]).unwrap()[0].have_bytes;
    let kept: Vec<u8> = (1..=20).chain([200]).filter(|id| have(*id) > 0).collect();
    assert_eq!(kept, (5..=20).chain([200]).collect::<Vec<u8>>());
    // it begins anew, and can end
    assert!(put(&bench, &device, &piece(1, &blob, 0, 100)).unwrap().done);
    bench.sound();
}

fn a_blob_is_for_those_who_may_read_its_scope(bench: Bench) {
    let office = bench.enrolled(&Author::new(1), &[]);
    let other = bench.enrolled(&Author::new(2), &[OTHER_VILLAGE]);
    let blob = whole(100);
    assert_eq!(put(&bench, &other, &piece(7, &blob, 0, 100)), Err(FaultCode::ScopeDenied));
    put(&bench, &office, &piece(7, &blob, 0, 100)).unwrap();
    assert_eq!(got(&bench, &other, 7), Err(FaultCode::BlobUnknown));
    assert_eq!(bench.store.blobs_have(&other, &[Hash32([7; 32])]).unwrap()[0].total_bytes, 0);
}

fn manifest(author: &Author, name: u8, chunks: &[u8], villages: &[&str]) -> SnapshotPutRequest {
    let manifest = Manifest {
        snapshot: [name; 16],
        heads: villages
            .iter()
            .map(|village| ScopeHead { scope: scope(village), size: 0, root: Hash32::of(&[]) })
            .collect(),
        total_bytes: 200,
        chunk_bytes: 100,
        chunks: chunks.iter().map(|id| Hash32([*id; 32])).collect(),
        data_key: DataKeyId::from_bytes([1; 16]),
        wrapped: vec![1; 72],
        schema: 1,
        made_at_ms: NOW_MS,
        device: author.id,
    };
    let bytes = to_cbor(&manifest);
    SnapshotPutRequest { signature: author.signed_manifest(&bytes), manifest: bytes }
}

fn a_snapshot_is_for_those_who_may_read_all_of_it(bench: Bench) {
    let (office, village) = (Author::new(1), Author::new(2));
    let (one, two) = (bench.enrolled(&office, &[]), bench.enrolled(&village, &[VILLAGE]));
    let store = &bench.store;
    let request = manifest(&office, 1, &[1, 2], &[TOWN, VILLAGE, OTHER_VILLAGE]);
    let put_at = |device: &Device, request: &SnapshotPutRequest, at| {
        store.snapshot_put(device, request, NOW_MS + at).map_err(code)
    };
    assert_eq!(put_at(&one, &request, 0), Err(FaultCode::BlobUnknown));
    for id in 1..=5 {
        put(&bench, &one, &piece(id, &whole(100), 0, 100)).unwrap();
    }
    assert_eq!(put_at(&two, &manifest(&village, 1, &[1], &[VILLAGE]), 0), Err(FaultCode::ScopeDenied));
    let mut forged = request.clone();
    forged.manifest[3] ^= 1;
    assert_eq!(put_at(&one, &forged, 0), Err(FaultCode::BadSignature));
    put_at(&one, &request, 0).unwrap();
    put_at(&one, &request, 0).unwrap();
    let given = store.snapshot_get(&one).unwrap();
    assert_eq!((given.manifest.as_ref(), given.device), (Some(&request.manifest), Some(office.id)));
    assert_eq!(store.snapshot_get(&two).unwrap().manifest, None);
    // the third one pushes the first out, with the chunk that no other needs
    put_at(&one, &manifest(&office, 2, &[2, 3], &[TOWN]), 1).unwrap();
    put_at(&one, &manifest(&office, 3, &[4, 5], &[TOWN]), 2).unwrap();
    let there: Vec<bool> = (1..=5).map(|id| got(&bench, &one, id).is_ok()).collect();
    assert_eq!(there, [false, true, true, true, true]);
    assert!(store.snapshot_get(&two).unwrap().manifest.is_some());
    bench.sound();
}

fn what_is_published_is_signed_and_given_once(bench: Bench) {
    let store = &bench.store;
    assert_eq!(bench.publish("holidays", b"{\"rows\":[]}", 0), Some(1));
    assert_eq!(bench.publish("holidays", b"{\"rows\":[]}", 1), Some(1));
    assert_eq!(bench.publish("holidays", b"{\"rows\":[1]}", 0), None, "compared with a version that is not the newest");
    assert_eq!(bench.publish("holidays", b"{\"rows\":[1]}", 1), Some(2));
    assert_eq!(bench.publish("holidays", b"{\"rows\":[2]}", 7), None, "a version that is not there");
    assert_eq!(bench.publish("divisions", b"{}", 0), Some(1));
    assert_eq!(store.acts(None, 10).unwrap().total, 3, "each version with its act");
    let all = store.published_after(&[]).unwrap();
    assert_eq!(
        all.iter().map(|it| (it.kind.as_str(), it.version)).collect::<Vec<_>>(),
        [("divisions", 1), ("holidays", 2)]
    );
    for document in &all {
        verify_published(&store.sign_key(), document).unwrap();
    }
    let have: Vec<KindVersion> =
        all.iter().map(|it| KindVersion { kind: it.kind.clone(), version: it.version }).collect();
    assert_eq!(store.published_after(&have).unwrap(), []);
    assert_eq!(store.published_list().unwrap().len(), 3);
    bench.sound();
}

fn of_two_who_publish_at_once_one_is_told(bench: Bench) {
    let beside = bench.beside();
    let done: Vec<Option<u64>> = std::thread::scope(|scope| {
        let both = [(&bench.store, 1), (&beside, 2)].map(|(store, who)| {
            let publish_all = move || {
                let all = (0..20).map(|after| publish(store, "holidays", format!("[{who},{after}]").as_bytes(), after));
                all.collect::<Vec<_>>()
            };
            scope.spawn(publish_all)
        });
        both.into_iter().flat_map(|one| one.join().unwrap()).collect()
    });
    let versions = bench.store.published_list().unwrap().len();
    assert_eq!(done.iter().flatten().count(), versions, "{done:?}");
    assert_eq!(bench.store.acts(None, 100).unwrap().total, versions as i64);
    bench.sound();
}
