//! What the machine itself can do, and how far the engine's figures are from it.

use super::contest::{Comparison, Contest, Entry, Goal, Outcome};
use super::{Gathering, filters, flight, modes, recordings, report};
use crate::SceneError;
use crate::hops::{MESSAGES, TRIPS, bare, bare_trips, packed, ring_trips, single};
use serde_json::{Value, json};
use std::fmt::Write;
use std::hint::black_box;
use std::path::Path;

/// From the time of a unit, ns, to the figure in its unit.
type Figure = fn(f64) -> f64;

/// A limit of the machine.
struct Limit {
    name: &'static str,
    entry: Entry,
    unit: &'static str,
    figure: Figure,
}

/// The machine's limits, with all that is held beside them.
pub struct Limits {
    /// Who is timed.
    pub contest: Contest,
    limits: Vec<Limit>,
}

impl Limits {
    /// Sets up the limits, and the engine's figures that are held beside them; programs in other languages are made in
    /// `folder`.
    ///
    /// # Errors
    /// As [`super::gather`].
    pub fn gather(folder: &Path) -> Result<Self, SceneError> {
        // The floors are held beside the rates, a recording beside a copy.
        let mut all = Gathering::new(vec!["floor".to_owned(), "copy".to_owned()], folder);
        let rates = all.rates();
        let of_four: Figure = |ns| 4.0 / ns;
        let bytes: Figure = |ns| 1.0 / ns;
        let itself: Figure = |ns| ns;
        let mut limits = Vec::new();
        let mut limit = |name, entry, unit, figure| limits.push(Limit { name, entry, unit, figure });
        limit("multiply-adds, four side by side", rates.multiply_add, "1e9 a second", of_four);
        limit("divisions, four side by side", rates.division, "1e9 a second", of_four);
        limit("square roots, four side by side", rates.root, "1e9 a second", of_four);
        let contest = &mut all.contest;
        limit("copy within the first cache, 8 KiB", copy(contest, 8 << 10), "GB/s", bytes);
        limit("copy within the second, 256 KiB", copy(contest, 256 << 10), "GB/s", bytes);
        limit("copy in memory, 64 MiB", copy(contest, 64 << 20), "GB/s", bytes);
        let hop = contest.enter_threads("bare queue", MESSAGES as f64, bare::<3>);
        limit("a hop through a bare queue, 24 bytes", hop, "ns a message", itself);
        let trip = contest.enter_threads("two bare queues", TRIPS as f64, bare_trips);
        limit("there and back through two", trip, "ns a round trip", itself);
        for (name, work, units, beside, unit) in [
            ("ring, one at a time", single::<3> as fn(), MESSAGES, hop, "ns per message"),
            ("ring, by sixteen", packed::<3>, MESSAGES, hop, "ns per message"),
            ("two rings, there and back", ring_trips, TRIPS, trip, "ns per round trip"),
        ] {
            let entry = contest.enter_threads(name, units as f64, work);
            let (ours, peers) = (vec![contest.form(entry)], vec![contest.form(beside)]);
            let (topic, peer, goal) = ("hop", "queue", Goal::AtMost(None));
            contest.compare(Comparison {
                topic,
                peer,
                case: name.to_owned(),
                unit,
                ours,
                peers,
                goal,
                agreement: None,
                note: String::new(),
            });
        }
        filters::free_flight(&mut all)?;
        filters::in_the_air(&mut all)?;
        modes::enter(&mut all)?;
        flight::enter(&mut all)?;
        recordings::enter(&mut all)?;
        Ok(Limits { contest: all.contest, limits })
    }

    /// Each limit: its name, unit, median and interval.
    fn figures(&self) -> impl Iterator<Item = (&'static str, &'static str, [f64; 3])> {
        self.limits.iter().filter_map(|limit| {
            let found = self.contest.median_ns(limit.entry)?;
            let [one, other] = [found.low, found.high].map(limit.figure);
            Some((limit.name, limit.unit, [(limit.figure)(found.median), one.min(other), one.max(other)]))
        })
    }

    /// The limits, and the distances to them, as text.
    pub fn table(&self, outcomes: &[Outcome]) -> String {
        let mut text = String::new();
        for (name, unit, [median, low, high]) in self.figures() {
            // Writing to a `String` cannot fail.
            let _ = writeln!(text, "{name:40} {median:9.2} [{low:.2}, {high:.2}] {unit}");
        }
        text.push('\n');
        text + &report::table(outcomes, &self.contest)
    }

    /// The same for programs.
    pub fn to_json(&self, outcomes: &[Outcome], rounds: usize) -> Value {
        let limits = self.figures().map(|(name, unit, [median, low, high])| {
            json!({ "name": name, "unit": unit, "median": median, "low": low, "high": high })
        });
        let mut value = report::to_json(outcomes, &self.contest, rounds);
        value["limits"] = limits.collect();
        value
    }
}

fn copy(contest: &mut Contest, size: usize) -> Entry {
    let (from, mut to) = (vec![1_u8; size], vec![0_u8; size]);
    contest.enter_work("copy", size as f64, move || {
        to.copy_from_slice(black_box(&from));
        black_box(&mut to);
    })
}
