use crate::proving::{Desk, Orderer, batch};
use crate::{AwardDraft, AwardTo};
use std::time::Instant;

#[test]
#[ignore]
fn speed() {
    let n: usize = std::env::var("N").ok().and_then(|n| n.parse().ok()).unwrap_or(20_000);
    let (a, b) = (Desk::new(1), Desk::new(2));
    let mut orderer = Orderer::default();
    Orderer::introduce(&[&a, &b]);
    let residents: Vec<_> = (0..50).map(|i| a.resident(0, "张三", &format!("33021119900101{i:04}"))).collect();
    let rule = a.rule(5);
    let start = Instant::now();
    for chunk in 0..n / 500 {
        a.write(|tx| {
            for i in 0..500 {
                let rows =
                    vec![AwardDraft { resident: residents[(chunk + i) % 50], to: AwardTo::Resident, amount_points: 5 }];
                let occurred_on =
                    crate::proving::day("2020-01-01") + chrono::Days::new(((chunk * 500 + i) / 50) as u64);
                tx.record_awards(crate::AwardBatch { occurred_on, ..batch(rule, rows) })?;
            }
            Ok(())
        });
    }
    eprintln!("write {:.1} us/op", start.elapsed().as_micros() as f64 / n as f64);
    orderer.push_keys(&a);
    let (mut out, mut rec) = (0, 0);
    let mut bytes = 0;
    loop {
        let s = Instant::now();
        let o = a.store.outbox(None, 1000, 1_000_000).unwrap();
        out += s.elapsed().as_micros();
        if o.ops.is_empty() {
            break;
        }
        bytes += o.ops.iter().map(|(_, b)| b.len()).sum::<usize>();
        let (receipts, _) = orderer.take(&o, &|_| false);
        let s = Instant::now();
        a.store.take_receipts(&receipts).unwrap();
        rec += s.elapsed().as_micros();
    }
    eprintln!("{} bytes/op outbox {:.1} receipts {:.1} us/op", bytes / n, out as f64 / n as f64, rec as f64 / n as f64);
    orderer.pull_keys(&b);
    let scopes: Vec<_> = orderer.all_scopes();
    let mut us = 0;
    let mut total = 0;
    for scope in &scopes {
        let (mut after, mut peaks) = (0, Default::default());
        loop {
            let page =
                crate::proving::page_from(*scope, orderer.lineage, orderer.order(*scope), after, 2000, &mut peaks);
            if page.ops.is_empty() {
                break;
            }
            after = page.head.size;
            total += page.ops.len();
            let s = Instant::now();
            b.store.apply_page(&page).unwrap();
            us += s.elapsed().as_micros();
        }
    }
    eprintln!("apply {:.1} us/op", us as f64 / total as f64);
    let mut us = 0;
    for scope in &scopes {
        let (mut after, mut peaks) = (0, Default::default());
        loop {
            let page =
                crate::proving::page_from(*scope, orderer.lineage, orderer.order(*scope), after, 2000, &mut peaks);
            if page.ops.is_empty() {
                break;
            }
            after = page.head.size;
            let s = Instant::now();
            a.store.apply_page(&page).unwrap();
            us += s.elapsed().as_micros();
        }
    }
    eprintln!("own back {:.1} us/op", us as f64 / total as f64);
    let key = [3; 32];
    let path = a.dir.path().join("snap.db");
    let s = Instant::now();
    let made = a.store.snapshot_out(&path, &key).unwrap();
    eprintln!("snapshot out {:?} bytes/op {}", s.elapsed(), made.bytes as usize / total);
    let c = Desk::new(3);
    for k in a.store.data_keys().unwrap() {
        let w = a.store.wrap_data_key(k, &c.store.device_keys().seal_key).unwrap();
        c.store.accept_data_key(k, &w).unwrap();
    }
    let s = Instant::now();
    c.store.snapshot_in(&path, &key, &made.heads).unwrap();
    eprintln!("snapshot in {:?} {:.1} us/op", s.elapsed(), s.elapsed().as_micros() as f64 / total as f64);
    let s = Instant::now();
    c.store.rebuild(None).unwrap();
    eprintln!("rebuild {:?}", s.elapsed());
}
