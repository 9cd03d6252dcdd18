//! The simulated network: every request is a parcel with a fate that was drawn when it was sent.
//!
//! A parcel may be lost, delivered twice, late or out of order; its answer may be lost; somebody else may answer
//! (a portal, a broken gateway). The sender sees what a real line shows: a broken connection, a strange page, or an
//! answer. A parcel that is on its way arrives although its sender has crashed meanwhile.

use std::collections::{BTreeMap, BTreeSet};
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use zhenxin_protocol::wire::{Answer, Endpoint};
use zhenxin_sync::failure::Failure;
use zhenxin_sync::transport::{Exchange, Transport};

use super::chance::Chance;

/// How long a sender waits for an answer that does not come, in ticks.
const PATIENCE: u64 = 400;

/// Rates in a thousand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Weather {
    /// The request never arrives.
    pub lose_request: u16,
    /// It arrives and its answer does not.
    pub lose_answer: u16,
    /// It arrives a second time, now or much later.
    pub twice: u16,
    /// Something else answers with status 200.
    pub portal: u16,
    /// 429 with Retry-After, or 500 from a gateway.
    pub busy: u16,
    /// Longest way, in ticks; 0 and 1 keep the order.
    pub slow: u16,
}

/// Something on its way.
#[derive(Debug)]
pub enum Parcel {
    /// To the district.
    Request {
        /// Who waits for the answer.
        id: u64,
        /// The sender.
        from: usize,
        /// Where it goes.
        endpoint: Endpoint,
        /// The sender's token.
        token: Option<[u8; 32]>,
        /// What it says.
        frame: Vec<u8>,
    },
    /// To a machine.
    Answer {
        /// Which request.
        id: u64,
        /// To whom.
        to: usize,
        /// What the sender sees.
        outcome: Result<Answer, Failure>,
    },
}

/// The network.
pub struct Net {
    chance: Chance,
    weather: Weather,
    strike: Option<(u64, Weather)>,
    tick: u64,
    number: u64,
    under_way: BTreeMap<(u64, u64), Parcel>,
    arrived: BTreeMap<u64, Result<Answer, Failure>>,
    unanswered: BTreeSet<u64>,
}

/// The network as all share it.
#[derive(Clone)]
pub struct Lines(Arc<Mutex<Net>>);

impl Lines {
    /// A network in good weather.
    pub fn new(chance: Chance) -> Self {
        Self(Arc::new(Mutex::new(Net {
            chance,
            weather: Weather::default(),
            strike: None,
            tick: 0,
            number: 0,
            under_way: BTreeMap::new(),
            arrived: BTreeMap::new(),
            unanswered: BTreeSet::new(),
        })))
    }

    fn net(&self) -> MutexGuard<'_, Net> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the weather for what is sent from now on.
    pub fn set_weather(&self, weather: Weather) {
        self.net().weather = weather;
    }

    /// This weather for one request only, after so many others.
    pub fn strike(&self, after: u64, weather: Weather) {
        self.net().strike = Some((after, weather));
    }

    /// Whether a strike that was ordered has not fallen yet.
    pub fn strike_waits(&self) -> bool {
        self.net().strike.is_some()
    }

    /// Whether nothing is on its way.
    pub fn quiet(&self) -> bool {
        self.net().under_way.is_empty()
    }

    /// Takes what arrives next.
    pub fn next(&self) -> Option<Parcel> {
        let mut net = self.net();
        let ((tick, _), parcel) = net.under_way.pop_first()?;
        net.tick = net.tick.max(tick);
        Some(parcel)
    }

    /// Sends the district's answer back, unless it was to get lost.
    pub fn answer(&self, id: u64, to: usize, outcome: Result<Answer, Failure>) {
        let mut net = self.net();
        if net.unanswered.remove(&id) {
            net.post(PATIENCE, Parcel::Answer { id, to, outcome: Err(Failure::Offline) });
        } else {
            let way = net.way();
            net.post(way, Parcel::Answer { id, to, outcome });
        }
    }

    /// Lays an answer at its receiver's door.
    pub fn hand_over(&self, id: u64, outcome: Result<Answer, Failure>) {
        self.net().arrived.insert(id, outcome);
    }

    fn send(&self, from: usize, endpoint: Endpoint, token: Option<[u8; 32]>, frame: Vec<u8>) -> u64 {
        let mut net = self.net();
        net.number += 1;
        let id = net.number;
        let weather = net.weather_of_this();
        let unheard = |outcome: Failure| Parcel::Answer { id, to: from, outcome: Err(outcome) };
        if net.chance.hit(u64::from(weather.lose_request)) {
            net.post(PATIENCE, unheard(Failure::Offline));
            return id;
        }
        if net.chance.hit(u64::from(weather.portal)) {
            net.post(2, unheard(Failure::Portal));
            return id;
        }
        if net.chance.hit(u64::from(weather.busy)) {
            let outcome = match net.chance.hit(500) {
                true => Failure::Busy { retry_after_s: 5 },
                false => Failure::Server { status: 500 },
            };
            net.post(2, unheard(outcome));
            return id;
        }
        if net.chance.hit(u64::from(weather.twice)) {
            let late = net.chance.below(2 * PATIENCE);
            // nobody waits under number 0: only what it does to the district counts
            let echo = Parcel::Request { id: 0, from, endpoint, token, frame: frame.clone() };
            net.post(1 + late, echo);
        }
        if net.chance.hit(u64::from(weather.lose_answer)) {
            net.unanswered.insert(id);
        }
        let way = net.way();
        net.post(way, Parcel::Request { id, from, endpoint, token, frame });
        id
    }

    fn take(&self, id: u64) -> Option<Result<Answer, Failure>> {
        self.net().arrived.remove(&id)
    }
}

impl Net {
    fn weather_of_this(&mut self) -> Weather {
        match self.strike.take() {
            Some((0, weather)) => weather,
            Some((after, weather)) => {
                self.strike = Some((after - 1, weather));
                self.weather
            }
            None => self.weather,
        }
    }

    fn post(&mut self, way: u64, parcel: Parcel) {
        self.number += 1;
        let at = (self.tick + way, self.number);
        self.under_way.insert(at, parcel);
    }

    fn way(&mut self) -> u64 {
        let slow = u64::from(self.weather.slow);
        1 + self.chance.below(slow)
    }
}

/// One machine's way to the district.
pub struct Line {
    /// The network.
    pub lines: Lines,
    /// The machine.
    pub from: usize,
    /// Its token; none before it is enrolled.
    pub token: Option<[u8; 32]>,
}

impl Transport for Line {
    fn exchange(&self, endpoint: Endpoint, frame: Vec<u8>) -> Exchange<'_> {
        let token = self.token.filter(|_| endpoint.needs_token());
        let id = self.lines.send(self.from, endpoint, token, frame);
        let lines = self.lines.clone();
        Box::pin(poll_fn(move |_| match lines.take(id) {
            Some(outcome) => Poll::Ready(outcome),
            None => Poll::Pending,
        }))
    }
}
