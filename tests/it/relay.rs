//! A relay between PCs and a district that holds its breath in the middle of a request, or delivers answers late: so
//! that a test can kill the district at exactly that moment.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// Longer than any machine needs: a test that waits for ever helps nobody.
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_millis(2);

/// Waits until something holds.
pub fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let started = Instant::now();
    while !holds() {
        assert!(started.elapsed() < PATIENCE, "waited in vain until {what}");
        thread::sleep(LOOK);
    }
}

/// Passes bytes on between PCs and a district.
pub struct Relay {
    address: SocketAddr,
    inner: Arc<Inner>,
}

struct Inner {
    upstream: SocketAddr,
    /// Bytes towards the district that still pass; then the relay holds its breath.
    allowance: AtomicU64,
    holding: AtomicBool,
    /// Delay of each piece of an answer.
    delay_ms: AtomicU64,
    /// Raised when all connections are dropped.
    generation: AtomicU64,
    open: Mutex<Vec<TcpStream>>,
}

impl Relay {
    pub fn start(upstream: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let inner = Arc::new(Inner {
            upstream,
            allowance: AtomicU64::new(u64::MAX),
            holding: AtomicBool::new(false),
            delay_ms: AtomicU64::new(0),
            generation: AtomicU64::new(0),
            open: Mutex::default(),
        });
        let serving = Arc::clone(&inner);
        // ends with the process
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                serving.connect(client);
            }
        });
        Self { address, inner }
    }

    pub fn url(&self) -> String {
        format!("https://{}", self.address)
    }

    /// From now on so many bytes go to the district, and not one more.
    pub fn hold_after(&self, bytes: u64) {
        self.inner.allowance.store(bytes, Ordering::SeqCst);
    }

    /// Whether the last byte allowed has gone.
    pub fn is_holding(&self) -> bool {
        self.inner.holding.load(Ordering::SeqCst)
    }

    /// Answers come later from now on.
    pub fn delay_answers(&self, delay: Duration) {
        self.inner.delay_ms.store(u64::try_from(delay.as_millis()).unwrap(), Ordering::SeqCst);
    }

    /// Drops all connections with what they hold; new ones pass freely.
    pub fn drop_connections(&self) {
        self.inner.generation.fetch_add(1, Ordering::SeqCst);
        self.inner.delay_ms.store(0, Ordering::SeqCst);
        self.inner.allowance.store(u64::MAX, Ordering::SeqCst);
        for stream in self.inner.open.lock().unwrap().drain(..) {
            let _gone_already = stream.shutdown(Shutdown::Both);
        }
        self.inner.holding.store(false, Ordering::SeqCst);
    }
}

impl Inner {
    fn connect(self: &Arc<Self>, client: TcpStream) {
        let Ok(district) = TcpStream::connect(self.upstream) else {
            let _gone_already = client.shutdown(Shutdown::Both);
            return;
        };
        let generation = self.generation.load(Ordering::SeqCst);
        let ends = [&client, &district].map(|end| end.try_clone().unwrap());
        self.open.lock().unwrap().extend(ends);
        let (from_client, to_district) = (client.try_clone().unwrap(), district.try_clone().unwrap());
        let (up, down) = (Arc::clone(self), Arc::clone(self));
        thread::spawn(move || up.pump(from_client, to_district, generation, true));
        thread::spawn(move || down.pump(district, client, generation, false));
    }

    fn pump(&self, mut from: TcpStream, mut to: TcpStream, generation: u64, towards_district: bool) {
        let mut bytes = [0; 8 << 10];
        while let Ok(read @ 1..) = from.read(&mut bytes) {
            let passing = if towards_district { self.admit(read) } else { read };
            if !towards_district {
                thread::sleep(Duration::from_millis(self.delay_ms.load(Ordering::SeqCst)));
            }
            let dropped = || self.generation.load(Ordering::SeqCst) != generation;
            if dropped() || to.write_all(&bytes[..passing]).is_err() {
                break;
            }
            if passing < read {
                self.holding.store(true, Ordering::SeqCst);
                while !dropped() {
                    thread::sleep(LOOK);
                }
                break;
            }
        }
        for end in [from, to] {
            let _gone_already = end.shutdown(Shutdown::Both);
        }
    }

    /// How many of these bytes may pass.
    fn admit(&self, bytes: usize) -> usize {
        let wanted = bytes as u64;
        let taken = self.allowance.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| match left {
            u64::MAX => None,
            left => Some(left - left.min(wanted)),
        });
        taken.map_or(bytes, |left| bytes.min(usize::try_from(left).unwrap_or(usize::MAX)))
    }
}
