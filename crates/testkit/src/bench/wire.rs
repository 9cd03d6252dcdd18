//! A line that counts what crosses it and takes its time, as a distant district's does.

use std::{
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::Result;

const PIECE_BYTES: usize = 64 * 1024;

/// Bytes that crossed, and how long each waits.
#[derive(Default)]
struct Meter {
    up: AtomicU64,
    down: AtomicU64,
    /// Half a round trip, in microseconds.
    delay_us: AtomicU64,
}

/// A proxy in front of the district; it ends with the process.
pub struct Wire {
    address: SocketAddr,
    meter: Arc<Meter>,
}

impl Wire {
    /// A line to an address, without delay.
    pub fn to(target: SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let wire = Self { address: listener.local_addr()?, meter: Arc::default() };
        let meter = Arc::clone(&wire.meter);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if let Ok(server) = TcpStream::connect(target) {
                    pass(&client, &server, &meter);
                }
            }
        });
        Ok(wire)
    }

    /// Where to connect.
    pub fn url(&self) -> String {
        format!("https://{}", self.address)
    }

    /// From now on a byte takes half of this either way.
    pub fn round_trip(&self, round_trip: Duration) {
        self.meter.delay_us.store(u64::try_from(round_trip.as_micros() / 2).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Bytes up and down since the last question.
    pub fn crossed(&self) -> (u64, u64) {
        (self.meter.up.swap(0, Ordering::Relaxed), self.meter.down.swap(0, Ordering::Relaxed))
    }
}

fn pass(client: &TcpStream, server: &TcpStream, meter: &Arc<Meter>) {
    let ends = [client.set_nodelay(true), server.set_nodelay(true)];
    let copies = (client.try_clone(), server.try_clone(), client.try_clone(), server.try_clone());
    let (Ok(client_in), Ok(server_out), Ok(client_out), Ok(server_in)) = copies else { return };
    if ends.iter().all(Result::is_ok) {
        one_way(client_in, server_out, Arc::clone(meter), |meter| &meter.up);
        one_way(server_in, client_out, Arc::clone(meter), |meter| &meter.down);
    }
}

/// Reads at once and writes when it is due, so that a delay costs time and not throughput.
fn one_way(mut from: TcpStream, mut to: TcpStream, meter: Arc<Meter>, count: fn(&Meter) -> &AtomicU64) {
    let (sender, receiver) = mpsc::channel::<(Instant, Vec<u8>)>();
    thread::spawn(move || {
        let mut piece = vec![0; PIECE_BYTES];
        while let Ok(length @ 1..) = from.read(&mut piece) {
            count(&meter).fetch_add(length as u64, Ordering::Relaxed);
            let due = Instant::now() + Duration::from_micros(meter.delay_us.load(Ordering::Relaxed));
            if sender.send((due, piece[..length].to_vec())).is_err() {
                return;
            }
        }
    });
    thread::spawn(move || {
        for (due, piece) in receiver {
            thread::sleep(due.saturating_duration_since(Instant::now()));
            if to.write_all(&piece).is_err() {
                return;
            }
        }
        // the other end has closed already where this fails
        let _closed = to.shutdown(Shutdown::Write);
    });
}
