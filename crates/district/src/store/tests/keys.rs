//! The lanes of wrapped keys, and data keys handed over.

use zhenxin_domain::division::Scope;
use zhenxin_domain::ids::DataKeyId;
use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::wire::keys::{Grant, GrantedKey, GrantsRequest, KeyPage, KeyRef, KeyRow, LanePlace};
use zhenxin_protocol::wire::limits::GRANTS_MAX;
use zhenxin_protocol::wrap::WRAPPED_FOR_BYTES;

use super::verification::filled;
use super::{Bench, stories};
use crate::fixture::{Author, NOW_MS, OTHER_VILLAGE, TOWN, VILLAGE, scope, town};
use crate::store::Store;
use crate::store::backup::Replace;
use crate::store::device::Device;

stories! {
    keys_merge_the_same_in_any_order
    keys_come_in_pages_and_never_change_under_the_reader
    a_lane_that_grew_otherwise_is_told_whatever_lies_at_the_place
    keys_come_from_and_go_to_devices_of_their_scope_only
    what_belongs_to_the_whole_town_is_destroyed_by_the_town_only
    a_later_generation_takes_the_place_of_an_earlier_one
    nothing_is_of_a_generation_that_the_town_has_not_reached
    a_village_that_is_given_later_brings_its_older_keys
    a_wrong_grant_stands_in_nobodys_way
    one_giver_fills_nobodys_answer
    one_wrap_of_each_key_comes_before_the_second_of_any
    a_device_tells_of_no_more_keys_than_a_town_has
    shutting_out_a_device_begins_a_generation
    destroyed_keys_leave_nothing_behind
}

fn key(subject: u8, data_key: u8, wrapped: u8) -> KeyRow {
    KeyRow {
        subject: [subject; 16],
        data_key: DataKeyId::from_bytes([data_key; 16]),
        wrapped: vec![wrapped; 72],
        tombstone: false,
        scope: scope(VILLAGE),
        generation: 0,
    }
}

fn dead(row: &KeyRow) -> KeyRow {
    KeyRow { tombstone: true, wrapped: Vec::new(), ..row.clone() }
}

fn place(of: &str, after: u64, chain: Hash32) -> LanePlace {
    LanePlace { scope: scope(of), after, chain }
}

/// Shuts out so many devices.
fn generations(bench: &Bench, count: u8) {
    for number in 0..count {
        let out = bench.enrolled(&Author::new(200 + number), &[]);
        bench.store.revoke(town(), out.id, NOW_MS).unwrap();
    }
}

/// All pages after some places, one answer.
fn pages(store: &Store, device: &Device, places: &[LanePlace], limit: Option<u32>) -> Vec<KeyPage> {
    store.keys_pull(device, places, limit).unwrap().pages
}

/// All that a device may read, in order.
fn everything(store: &Store, device: &Device) -> Vec<KeyRow> {
    pages(store, device, &[], None).into_iter().flat_map(|page| page.rows).collect()
}

fn keys_merge_the_same_in_any_order(bench: Bench) {
    let rows =
        [key(1, 1, 1), key(2, 1, 2), dead(&key(2, 1, 0)), key(3, 1, 4), KeyRow { generation: 1, ..key(3, 2, 5) }];
    let one_by_one: Vec<Vec<KeyRow>> = rows.iter().cloned().map(|row| vec![row]).collect();
    let backwards: Vec<Vec<KeyRow>> = rows.iter().rev().cloned().map(|row| vec![row]).collect();
    let at_once = vec![rows.to_vec()];
    let mut ends = Vec::new();
    for pushes in [one_by_one, backwards, at_once] {
        let bench = bench.same_kind();
        let device = bench.enrolled(&Author::new(1), &[]);
        generations(&bench, 1);
        for push in pushes {
            bench.store.keys_push(&device, &push).unwrap();
        }
        let mut end = everything(&bench.store, &device);
        end.sort_by_key(|row| row.subject);
        ends.push(end);
        bench.sound();
    }
    assert_eq!(ends[0], ends[1]);
    assert_eq!(ends[0], ends[2]);
    assert_eq!(ends[0].len(), 3);
    assert!(ends[0][1].tombstone && ends[0][1].wrapped.is_empty());
    assert_eq!(ends[0][2].wrapped, vec![5; 72]);
}

fn keys_come_in_pages_and_never_change_under_the_reader(bench: Bench) {
    let device = bench.enrolled(&Author::new(1), &[]);
    let store = &bench.store;
    let rows: Vec<KeyRow> = (1..=5).map(|subject| key(subject, 1, subject)).collect();
    assert_eq!(store.keys_push(&device, &rows).unwrap().stored, 5);
    let again = store.keys_push(&device, &rows).unwrap();
    assert_eq!((again.stored, again.differing.len()), (0, 0));
    let differing = store.keys_push(&device, &[key(1, 1, 1), key(2, 1, 9)]).unwrap();
    assert_eq!((differing.stored, differing.differing), (0, vec![1]));
    let first = pages(store, &device, &[], Some(3)).remove(0);
    assert_eq!((first.rows.len(), first.reached.after, first.more), (3, 3, true));
    store.keys_push(&device, &[dead(&key(1, 1, 0))]).unwrap();
    let second = pages(store, &device, &[first.reached], Some(3)).remove(0);
    assert_eq!((second.rows.len(), second.more, second.other_lane), (3, false, None));
    assert!(second.rows[2].tombstone);
    assert!(pages(store, &device, &[second.reached], None).is_empty());
    // the place of a row that has moved on since is still a place of this lane
    let third = pages(store, &device, &[place(VILLAGE, 1, rows[0].chained(&Hash32::ZERO))], None).remove(0);
    assert_eq!((third.rows.len(), third.other_lane), (5, None));
    bench.sound();
}

/// The district is set back, and grows again with another row before the same one at the same place.
fn a_lane_that_grew_otherwise_is_told_whatever_lies_at_the_place(bench: Bench) {
    let device = bench.enrolled(&Author::new(1), &[]);
    let (lost, same) = (key(1, 1, 1), key(2, 1, 2));
    bench.store.keys_push(&device, &[lost, same.clone()]).unwrap();
    let followed = pages(&bench.store, &device, &[], None).remove(0).reached;
    assert_eq!(followed.after, 2);
    let other = bench.same_kind();
    let device = other.enrolled(&Author::new(1), &[]);
    other.store.keys_push(&device, &[key(3, 1, 3), same.clone()]).unwrap();
    let told = |places: &[LanePlace]| pages(&other.store, &device, places, None).remove(0);
    assert_eq!(told(&[followed]).other_lane, Some(true));
    assert_eq!(told(&[followed]).reached, place(VILLAGE, 0, Hash32::ZERO));
    // also where it has grown beyond the place
    other.store.keys_push(&device, &[key(4, 1, 4)]).unwrap();
    assert_eq!(told(&[followed]).other_lane, Some(true));
    // and where nothing of the lane is left
    let none = other.same_kind();
    let device = none.enrolled(&Author::new(1), &[]);
    assert_eq!(pages(&none.store, &device, &[followed], None).remove(0).other_lane, Some(true));
    other.sound();
}

fn keys_come_from_and_go_to_devices_of_their_scope_only(bench: Bench) {
    let office = bench.enrolled(&Author::new(1), &[]);
    let village = bench.enrolled(&Author::new(2), &[VILLAGE]);
    let elsewhere = bench.enrolled(&Author::new(3), &[OTHER_VILLAGE]);
    let store = &bench.store;
    let theirs = key(1, 1, 1);
    let foreign = store.keys_push(&elsewhere, &[key(9, 3, 9), theirs.clone()]).unwrap();
    assert_eq!((foreign.stored, foreign.denied), (0, vec![0, 1]));
    assert_eq!(store.keys_push(&village, std::slice::from_ref(&theirs)).unwrap().stored, 1);
    // neither from its village, nor under the name of one's own
    let own_name = KeyRow { scope: scope(OTHER_VILLAGE), ..theirs.clone() };
    let refused = store.keys_push(&elsewhere, &[dead(&theirs), dead(&own_name), own_name]).unwrap();
    assert_eq!((refused.stored, refused.denied), (0, vec![0, 1, 2]));
    assert_eq!(everything(store, &elsewhere), []);
    assert_eq!(pages(store, &elsewhere, &[place(VILLAGE, 0, Hash32::ZERO)], None), []);
    for reader in [&office, &village] {
        assert_eq!(everything(store, reader), std::slice::from_ref(&theirs));
    }
    assert_eq!(store.keys_push(&village, &[dead(&theirs)]).unwrap().stored, 1);
    bench.sound();
}

fn what_belongs_to_the_whole_town_is_destroyed_by_the_town_only(bench: Bench) {
    let office = bench.enrolled(&Author::new(1), &[]);
    let village = bench.enrolled(&Author::new(2), &[VILLAGE]);
    let store = &bench.store;
    let user = KeyRow { scope: scope(TOWN), ..key(1, 1, 1) };
    assert_eq!(store.keys_push(&village, std::slice::from_ref(&user)).unwrap().stored, 1);
    assert_eq!(store.keys_push(&village, &[dead(&user)]).unwrap().denied, [0]);
    generations(&bench, 7);
    let later = KeyRow { generation: 7, wrapped: vec![7; 72], ..user.clone() };
    assert_eq!(store.keys_push(&village, &[later]).unwrap().differing, [0]);
    assert_eq!(everything(store, &office), std::slice::from_ref(&user));
    assert_eq!(store.keys_push(&office, &[dead(&user)]).unwrap().stored, 1);
    bench.sound();
}

fn a_later_generation_takes_the_place_of_an_earlier_one(bench: Bench) {
    let device = bench.enrolled(&Author::new(1), &[]);
    generations(&bench, 1);
    let store = &bench.store;
    let later = KeyRow { generation: 1, ..key(1, 2, 2) };
    store.keys_push(&device, &[key(1, 1, 1)]).unwrap();
    assert_eq!(store.keys_push(&device, std::slice::from_ref(&later)).unwrap().stored, 1);
    let old =
        store.keys_push(&device, &[key(1, 1, 1), KeyRow { data_key: DataKeyId::from_bytes([9; 16]), ..later.clone() }]);
    assert_eq!(old.unwrap().differing, [0, 1]);
    let page = pages(store, &device, &[], None).remove(0);
    assert_eq!((page.rows, page.reached.after), (vec![later], 2));
    bench.sound();
}

fn nothing_is_of_a_generation_that_the_town_has_not_reached(bench: Bench) {
    let office = bench.enrolled(&Author::new(1), &[]);
    let village = bench.enrolled(&Author::new(2), &[VILLAGE]);
    let store = &bench.store;
    let of = |subject, generation| KeyRow { generation, ..key(subject, 1, subject) };
    store.keys_push(&office, &[of(1, 0)]).unwrap();
    for device in [&office, &village] {
        // neither in the place of a sound row nor in an empty one
        let early = store.keys_push(device, &[of(1, u32::MAX), of(2, 1), of(2, u32::MAX)]).unwrap();
        assert_eq!((early.stored, early.early), (0, vec![0, 1, 2]));
    }
    assert_eq!(everything(store, &office), [of(1, 0)]);
    // who is erased is erased whatever the row was wrapped under
    assert_eq!(store.keys_push(&village, &[dead(&of(3, 5))]).unwrap().stored, 1);
    generations(&bench, 1);
    let later = store.keys_push(&office, &[KeyRow { wrapped: vec![9; 72], ..of(1, 1) }, of(2, 1), of(4, 2)]).unwrap();
    assert_eq!((later.stored, later.early), (2, vec![2]));
    bench.sound();
}

fn a_village_that_is_given_later_brings_its_older_keys(bench: Bench) {
    let office = bench.enrolled(&Author::new(1), &[]);
    let store = &bench.store;
    store.keys_push(&office, &[key(1, 1, 1), KeyRow { scope: scope(OTHER_VILLAGE), ..key(2, 1, 2) }]).unwrap();
    let device = bench.enrolled(&Author::new(2), &[VILLAGE]);
    let first = pages(store, &device, &[], None);
    assert_eq!(first.len(), 1);
    let more = Device { scopes: vec![scope(VILLAGE), scope(OTHER_VILLAGE)], ..device };
    let second = pages(store, &more, &[first[0].reached], None);
    assert_eq!(second.iter().map(|page| page.reached.scope).collect::<Vec<Scope>>(), [scope(OTHER_VILLAGE)]);
    assert_eq!(second[0].rows[0].subject, [2; 16]);
}

fn a_wrong_grant_stands_in_nobodys_way(bench: Bench) {
    let (one, two, three) = (Author::new(1), Author::new(2), Author::new(3));
    let (first, second) = (bench.enrolled(&one, &[]), bench.enrolled(&two, &[]));
    let third = bench.enrolled(&three, &[VILLAGE]);
    let store = &bench.store;
    let data_key = DataKeyId::from_bytes([5; 16]);
    let grant = |wrapped: u8, for_device| Grant { data_key, for_device, wrapped: vec![wrapped; WRAPPED_FOR_BYTES] };
    let stranger = Author::new(9).id;
    // the poisoned one first
    assert_eq!(store.grant(&third, &[grant(66, two.id)], NOW_MS).unwrap(), 1);
    let listed = |asker: &Device| {
        let answer = store.grants(asker, &GrantsRequest::default()).unwrap();
        answer.devices.into_iter().find(|device| device.device == two.id).unwrap().granted
    };
    assert_eq!(listed(&first), [], "what another one handed over says nothing");
    assert_eq!(listed(&third), [KeyRef(data_key)]);
    let grants = [grant(1, two.id), grant(2, two.id), grant(3, stranger)];
    assert_eq!(store.grant(&first, &grants, NOW_MS).unwrap(), 1);
    let waiting = store.grants(&second, &GrantsRequest::default()).unwrap().mine;
    let mut mine: Vec<u8> = waiting.iter().map(|grant| grant.wrapped[0]).collect();
    mine.sort_unstable();
    assert_eq!(mine, [1, 66]);
    assert_eq!(store.grants(&first, &GrantsRequest::default()).unwrap().mine.len(), 0);
    // its own word ends it
    store.note_held(&second, &[KeyRef(data_key)]).unwrap();
    assert_eq!((listed(&first), listed(&third)), (vec![KeyRef(data_key)], vec![KeyRef(data_key)]));
    let other = Author::new(4);
    let fourth = bench.enrolled(&other, &[]);
    assert_eq!(store.grant(&fourth, &[grant(4, two.id)], NOW_MS).unwrap(), 0);
    // a copy of its disk lacks the key, and the one that holds it must not speak for both
    store.note_held(&second, &[]).unwrap();
    store.note_held(&second, &[KeyRef(data_key)]).unwrap();
    assert_eq!(listed(&fourth), []);
    assert_eq!(store.grant(&fourth, &[grant(4, two.id)], NOW_MS).unwrap(), 1);
    assert_eq!(store.grants(&second, &GrantsRequest::default()).unwrap().mine.len(), 3);
    bench.sound();
}

fn numbered(number: usize) -> DataKeyId {
    DataKeyId::from_bytes((number as u128).to_be_bytes())
}

/// All answers, and the most wraps in one.
fn handed_over(store: &Store, device: &Device) -> (Vec<GrantedKey>, usize) {
    let (mut all, mut most, mut request) = (Vec::new(), 0, GrantsRequest::default());
    loop {
        let answer = store.grants(device, &request).unwrap();
        assert_eq!(answer.devices.is_empty(), request.after.is_some(), "the list comes once");
        most = most.max(answer.mine.len());
        all.extend(answer.mine);
        request.after = answer.more;
        if request.after.is_none() {
            return (all, most);
        }
    }
}

fn one_giver_fills_nobodys_answer(bench: Bench) {
    let (one, two) = (Author::new(1), Author::new(2));
    let (honest, second) = (bench.enrolled(&one, &[]), bench.enrolled(&two, &[]));
    let hostile = bench.enrolled(&Author::new(3), &[VILLAGE]);
    let store = &bench.store;
    let grant = |data_key, length| Grant { data_key, for_device: two.id, wrapped: vec![7; length] };
    for length in [0, WRAPPED_FOR_BYTES - 1, WRAPPED_FOR_BYTES + 1, 2_048] {
        assert_eq!(store.grant(&hostile, &[grant(numbered(1), length)], NOW_MS).unwrap(), 0, "{length}");
    }
    let made_up: Vec<Grant> = (1..=GRANTS_MAX + 3).map(|number| grant(numbered(number), WRAPPED_FOR_BYTES)).collect();
    assert_eq!(store.grant(&hostile, &made_up[..3], NOW_MS).unwrap(), 3);
    assert_eq!(store.grant(&hostile, &made_up, NOW_MS).unwrap() as usize, GRANTS_MAX - 3);
    assert_eq!(store.grant(&hostile, &made_up[GRANTS_MAX..], NOW_MS).unwrap(), 0);
    let sound = DataKeyId::from_bytes([0xee; 16]);
    assert_eq!(store.grant(&honest, &[grant(sound, WRAPPED_FOR_BYTES)], NOW_MS).unwrap(), 1);
    let (all, most) = handed_over(store, &second);
    assert_eq!((all.len(), most), (GRANTS_MAX + 1, GRANTS_MAX));
    assert_eq!(all.iter().filter(|granted| granted.data_key == sound).count(), 1);
    // shutting it out ends it, and what it hands over on a request that was under way is not taken
    store.revoke(town(), hostile.id, NOW_MS).unwrap();
    assert_eq!(store.grant(&hostile, &made_up[..1], NOW_MS).unwrap(), 0);
    let left: Vec<DataKeyId> = handed_over(store, &second).0.into_iter().map(|granted| granted.data_key).collect();
    assert_eq!(left, [sound]);
    bench.sound();
}

fn one_wrap_of_each_key_comes_before_the_second_of_any(bench: Bench) {
    let two = Author::new(9);
    let taker = bench.enrolled(&two, &[]);
    let store = &bench.store;
    for giver in 1..=3 {
        let device = bench.enrolled(&Author::new(giver), &[]);
        let wrapped = vec![giver; WRAPPED_FOR_BYTES];
        let grants =
            [1, 2, 3].map(|key| Grant { data_key: numbered(key), for_device: two.id, wrapped: wrapped.clone() });
        store.grant(&device, &grants, NOW_MS).unwrap();
    }
    let first_of = |held: &[usize]| -> Vec<(DataKeyId, u8)> {
        let held = held.iter().map(|key| KeyRef(numbered(*key))).collect();
        let answer = store.grants(&taker, &GrantsRequest { held, after: None }).unwrap();
        answer.mine.into_iter().map(|granted| (granted.data_key, granted.wrapped[0])).collect()
    };
    let expected = |keys: &[usize]| -> Vec<(DataKeyId, u8)> {
        (1..=3).flat_map(|giver| keys.iter().map(move |key| (numbered(*key), giver))).collect()
    };
    assert_eq!(first_of(&[]), expected(&[1, 2, 3]));
    assert_eq!(first_of(&[2]), expected(&[1, 3]), "what is held is not given");
}

fn a_device_tells_of_no_more_keys_than_a_town_has(bench: Bench) {
    let one = Author::new(1);
    let device = bench.enrolled(&one, &[]);
    let told = |from: usize| -> Vec<KeyRef> { (from..from + GRANTS_MAX).map(|key| KeyRef(numbered(key))).collect() };
    for round in 0..3 {
        bench.store.note_held(&device, &told(round * GRANTS_MAX)).unwrap();
    }
    let rows = bench.store.write(|tx| tx.query("SELECT device FROM key_held", &[])).unwrap();
    assert_eq!(rows.len(), GRANTS_MAX);
    bench.sound();
}

fn shutting_out_a_device_begins_a_generation(bench: Bench) {
    let (one, two) = (Author::new(1), Author::new(2));
    let (first, second) = (bench.enrolled(&one, &[]), bench.enrolled(&two, &[]));
    let store = &bench.store;
    let data_key = DataKeyId::from_bytes([5; 16]);
    store
        .grant(&first, &[Grant { data_key, for_device: two.id, wrapped: vec![1; WRAPPED_FOR_BYTES] }], NOW_MS)
        .unwrap();
    assert_eq!(store.grants(&first, &GrantsRequest::default()).unwrap().generation, 0);
    store.revoke(town(), two.id, NOW_MS).unwrap();
    let answer = store.grants(&first, &GrantsRequest::default()).unwrap();
    assert_eq!((answer.generation, answer.devices.len()), (1, 1));
    store.revoke(town(), two.id, NOW_MS + 1).unwrap();
    assert_eq!(store.grants(&first, &GrantsRequest::default()).unwrap().generation, 1, "it was out already");
    assert_eq!(store.grants(&second, &GrantsRequest::default()).unwrap().mine.len(), 0);
    bench.sound();
}

/// Where the bytes lie in the files of a SQLite database.
fn lies_about(bench: &Bench, bytes: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    for file in std::fs::read_dir(bench.dir.path()).unwrap() {
        let file = file.unwrap();
        if std::fs::read(file.path()).unwrap().windows(bytes.len()).any(|window| window == bytes) {
            found.push(file.file_name().to_string_lossy().into_owned());
        }
    }
    found
}

fn destroyed_keys_leave_nothing_behind(bench: Bench) {
    filled(&bench);
    let device = bench.store.device(town(), Author::new(1).id).unwrap().unwrap();
    assert!(bench.store.finish_erasures().unwrap());
    // so many that the tree is balanced now and then
    let all: Vec<KeyRow> = (1..=200).map(|subject| key(subject, 1, subject)).collect();
    let marked =
        |row: &KeyRow| KeyRow { wrapped: [b"the key of ".as_slice(), &[row.subject[0]; 61]].concat(), ..row.clone() };
    for row in all.iter().rev() {
        bench.store.keys_push(&device, &[marked(row)]).unwrap();
    }
    let secret = marked(&all[99]).wrapped;
    let backup = bench.dir.path().join("backup.zxd");
    bench.store.backup(&backup, NOW_MS).unwrap();
    let restored = bench.same_kind();
    restored.store.restore(&backup, Replace::No).unwrap();
    assert_eq!(pages(&restored.store, &device, &[], None), [], "no key of a person lies in a backup");
    assert!(restored.store.snapshot_get(&device).unwrap().manifest.is_none());
    restored.sound();
    assert!(bench.store.snapshot_get(&device).unwrap().manifest.is_some());
    let chunks = bench.store.snapshot_chunks(town()).unwrap();
    bench.store.keys_push(&device, &[dead(&all[99])]).unwrap();
    assert!(bench.store.snapshot_get(&device).unwrap().manifest.is_none(), "it holds everybody's tables");
    let chunks: Vec<Hash32> = chunks.into_iter().collect();
    assert!(bench.store.blobs_have(&device, &chunks).unwrap().iter().all(|blob| !blob.done));
    assert!(bench.store.finish_erasures().unwrap());
    assert_eq!(lies_about(&bench, &secret), Vec::<String>::new());
    assert!(everything(&bench.store, &device).iter().filter(|row| !row.tombstone).count() >= 199);
    bench.sound();
    // the word that they were destroyed is in a backup
    bench.store.backup(&backup, NOW_MS).unwrap();
    restored.store.restore(&backup, Replace::Yes).unwrap();
    assert!(everything(&restored.store, &device).iter().all(|row| row.tombstone && row.subject == all[99].subject));
    let late = restored.store.keys_push(&device, &[marked(&all[99]), marked(&all[0])]).unwrap();
    assert_eq!((late.stored, late.differing), (1, vec![0]));
    restored.sound();
}
