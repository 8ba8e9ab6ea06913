//! What can go wrong, and when a seed lets it.

use crate::world::{FAULTS_BEGIN_S, FAULTS_END_S, pick};
use fusion_core::math::chance::Stream;
use serde::Serialize;

/// Something that goes wrong for a while. Shares are of scans or messages, from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// A feed gives nothing.
    Dead {
        /// Whose.
        sensor: u16,
    },
    /// A sensor's clock is off, and so are the times of its scans.
    Clock {
        /// Whose.
        sensor: u16,
        /// At once, s.
        step_s: f64,
        /// More with each second, s.
        drift: f64,
    },
    /// Scans come a second time, up to ten seconds later.
    Twice {
        /// Whose.
        sensor: u16,
        /// How many of them.
        share: f64,
    },
    /// Scans are late, each by a time of its own: later ones overtake them.
    Late {
        /// Whose.
        sensor: u16,
        /// At most, s.
        most_s: f64,
    },
    /// A bit of a scan's bytes is turned on its way.
    Corrupt {
        /// Whose.
        sensor: u16,
        /// How many of them.
        share: f64,
    },
    /// Scans say that they are another sensor's.
    Impostor {
        /// Whose they are.
        sensor: u16,
        /// Whose they say they are; there need not be such a one.
        says: u16,
        /// Whether the feed looks at that.
        is_looked_at: bool,
    },
    /// A node tells tracks that are off by so much.
    Liar {
        /// Which.
        node: u16,
        /// East by so much, m.
        offset_m: f64,
    },
    /// A node stops at the end and comes back from what it saved at the beginning, and from what it was sent since.
    Restart {
        /// Which.
        node: u16,
    },
}

impl Fault {
    /// Its kind, in a word.
    pub fn name(&self) -> &'static str {
        match self {
            Fault::Dead { .. } => "dead",
            Fault::Clock { .. } => "clock",
            Fault::Twice { .. } => "twice",
            Fault::Late { .. } => "late",
            Fault::Corrupt { .. } => "corrupt",
            Fault::Impostor { .. } => "impostor",
            Fault::Liar { .. } => "liar",
            Fault::Restart { .. } => "restart",
        }
    }
}

/// A fault with its time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Scheduled {
    /// Seconds after the start.
    pub from_s: f64,
    /// The same.
    pub until_s: f64,
    /// What.
    pub fault: Fault,
}

impl Scheduled {
    /// Whether it goes on at a time, s after the start.
    pub fn holds(&self, time_s: f64) -> bool {
        (self.from_s..self.until_s).contains(&time_s)
    }
}

/// Most faults of one seed.
const MOST_FAULTS: f64 = 7.0;

/// One to seven faults; two may fall together.
pub(crate) fn schedule(seed: u64, sensors: u16, nodes: u16) -> Vec<Scheduled> {
    let mut chance = Stream::new("chaos faults", seed, &[]);
    let count = chance.between(1.0, MOST_FAULTS + 1.0) as usize;
    let one = |_| {
        let from_s = chance.between(FAULTS_BEGIN_S, FAULTS_END_S - 5.0);
        let until_s = chance.between(from_s + 2.0, (from_s + 40.0).min(FAULTS_END_S));
        let fault = draw(&mut chance, sensors, nodes);
        Scheduled { from_s, until_s, fault }
    };
    (0..count).map(one).collect()
}

fn draw(chance: &mut Stream, sensors: u16, nodes: u16) -> Fault {
    let one_of = |chance: &mut Stream, count: u16| (chance.uniform() * f64::from(count)) as u16;
    let sensor = one_of(chance, sensors);
    let sign = *pick(chance, &[-1.0, 1.0]);
    match one_of(chance, 8) {
        0 => Fault::Dead { sensor },
        1 => {
            let steps = chance.uniform() < 0.5;
            let (step_s, drift) = (chance.between(0.05, 15.0), chance.between(1e-4, 5e-2));
            let (step_s, drift) = if steps { (sign * step_s, 0.0) } else { (0.0, sign * drift) };
            Fault::Clock { sensor, step_s, drift }
        }
        2 => Fault::Twice { sensor, share: chance.between(0.1, 1.0) },
        // Beyond the 30 s that the nodes look back.
        3 => Fault::Late { sensor, most_s: chance.between(1.0, 45.0) },
        4 => Fault::Corrupt { sensor, share: chance.between(0.1, 1.0) },
        5 => {
            let is_looked_at = chance.uniform() < 0.5;
            Fault::Impostor { sensor, says: one_of(chance, sensors + 2), is_looked_at }
        }
        6 => Fault::Liar { node: one_of(chance, nodes), offset_m: sign * chance.between(1e3, 50e3) },
        _ => Fault::Restart { node: one_of(chance, nodes) },
    }
}
