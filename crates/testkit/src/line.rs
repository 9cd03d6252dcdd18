//! A line to the district that breaks: a TCP proxy that passes bytes on until it has passed so many, and then cuts.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    thread,
};

use anyhow::Result;

/// Bytes read at a time; small, so that a cut hits the middle of a message.
const PIECE_BYTES: usize = 512;

/// More than any test sends: the line is whole.
const WHOLE: i64 = i64::MAX / 2;

/// Bytes that may still pass, in each direction.
#[derive(Default)]
struct Left {
    up: AtomicI64,
    down: AtomicI64,
}

/// The proxy. It ends when dropped.
pub struct CutLine {
    address: SocketAddr,
    left: Arc<Left>,
    ended: Arc<AtomicBool>,
}

impl CutLine {
    /// A whole line to an address.
    pub fn to(target: SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let line = Self { address: listener.local_addr()?, left: Arc::default(), ended: Arc::default() };
        line.mend();
        let (left, ended) = (Arc::clone(&line.left), Arc::clone(&line.ended));
        thread::spawn(move || {
            for client in listener.incoming() {
                if ended.load(Ordering::SeqCst) {
                    return;
                }
                if let Ok(client) = client {
                    pass(client, target, &left);
                }
            }
        });
        Ok(line)
    }

    /// The address to use in the district's place.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Lets everything pass.
    pub fn mend(&self) {
        self.cut_after(WHOLE, WHOLE);
    }

    /// Cuts every connection as soon as so many more bytes went up to the district or came down from it.
    pub fn cut_after(&self, up_bytes: i64, down_bytes: i64) {
        self.left.up.store(up_bytes, Ordering::SeqCst);
        self.left.down.store(down_bytes, Ordering::SeqCst);
    }
}

impl Drop for CutLine {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        // wakes the listener; when it cannot be reached it has ended already
        let _woken = TcpStream::connect(self.address);
    }
}

fn pass(client: TcpStream, target: SocketAddr, left: &Arc<Left>) {
    let Ok(server) = TcpStream::connect(target) else {
        return;
    };
    let (Ok(client_again), Ok(server_again)) = (client.try_clone(), server.try_clone()) else {
        return;
    };
    let (up, down) = (Arc::clone(left), Arc::clone(left));
    thread::spawn(move || pump(client_again, server_again, &up.up));
    thread::spawn(move || pump(server, client, &down.down));
}

/// Moves bytes until the end, a fault, or the cut; then both sides see the line broken.
fn pump(mut from: TcpStream, mut to: TcpStream, left: &AtomicI64) {
    let moved = (|| -> io::Result<()> {
        let mut piece = [0; PIECE_BYTES];
        loop {
            let count = from.read(&mut piece)?;
            if count == 0 {
                return Ok(());
            }
            let before = left.fetch_sub(count as i64, Ordering::SeqCst);
            let allowed = usize::try_from(before.clamp(0, count as i64)).unwrap_or(0);
            to.write_all(&piece[..allowed])?;
            if allowed < count {
                return Err(io::ErrorKind::BrokenPipe.into());
            }
        }
    })();
    // whichever side ended first, the other one must see it; a line that is down already is as good
    let both = if moved.is_ok() { Shutdown::Write } else { Shutdown::Both };
    let _down = to.shutdown(both);
    if moved.is_err() {
        let _down = from.shutdown(Shutdown::Both);
    }
}
