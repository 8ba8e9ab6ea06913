//! A replay that is saved as it goes, and goes on from where it was saved.

use super::EventFile;
use crate::event_line::EventLine;
use crate::failure::Failure;
use crate::figures::NodeFigures;
use crate::output::{replace_file, say};
use crate::replaying::{Plan, Replayed, Watch};
use crate::words::after;
use fusion_core::node::{Network, NetworkError, NetworkSnapshot};
use fusion_core::share::Regime;
use fusion_core::types::{Scan, Time};
use recording::{RecordingError, encode_snapshot, open_snapshot};
use serde::{Deserialize, Serialize};
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

/// Where a replay is saved, how often, and which it is.
#[derive(Debug)]
pub struct Saving<'a> {
    pub path: &'a Path,
    /// Seconds of the recording from one snapshot to the next.
    pub every_s: f64,
    pub run: Run,
}

/// What a replay is made from: what it gives is a function of this.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Of the program: the layout of what is saved is its own.
    build: [u8; 32],
    scenario: String,
    /// Of the recording's bytes.
    recording: [u8; 32],
    regime: Regime,
    link_seed: u64,
}

/// What is saved.
#[derive(Debug, Serialize, Deserialize)]
struct Saved {
    network: NetworkSnapshot,
    nodes: Vec<NodeFigures>,
    /// The events so far that are to be written to a file, as lines.
    events: Vec<u8>,
}

impl Run {
    /// A replay of a recording, by its bytes, with this program.
    pub fn of(recording: &[u8], scenario: &str, regime: &Regime, link_seed: u64) -> Result<Self, Failure> {
        let program = std::env::current_exe().and_then(std::fs::read).map_err(|error| {
            Failure::new(
                format!("cannot read this program, by which snapshots are known: {error}"),
                "replay without --snapshot",
            )
        })?;
        Ok(Run {
            build: *blake3::hash(&program).as_bytes(),
            scenario: scenario.to_owned(),
            recording: *blake3::hash(recording).as_bytes(),
            regime: regime.clone(),
            link_seed,
        })
    }

    /// In what a snapshot's run differs from this one, if in anything.
    fn difference(&self, found: &Run) -> Option<String> {
        let differs = [
            // First: of another build nothing else need be what it seems.
            (self.build != found.build, "by another build of vantage".to_owned()),
            (self.scenario != found.scenario, format!("of the scenario {}", found.scenario)),
            (self.recording != found.recording, format!("of another recording of {}", found.scenario)),
            (
                self.regime != found.regime && self.regime.name == found.regime.name,
                format!("with another regime of the name {}", found.regime.name),
            ),
            (self.regime != found.regime, format!("with the regime {}", found.regime.name)),
            (self.link_seed != found.link_seed, format!("with the link seed {}", found.link_seed)),
        ];
        differs.into_iter().find(|(differs, _)| *differs).map(|(_, what)| what)
    }
}

impl Saving<'_> {
    /// What was saved; none where there is no file yet.
    fn read(&self) -> Result<Option<Saved>, Failure> {
        let bytes = match std::fs::read(self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                let help = "name a file that can be read and written";
                return Err(Failure::new(format!("cannot read {}: {error}", self.path.display()), help));
            }
        };
        let snapshot = open_snapshot::<Run>(&bytes).map_err(|error| self.unusable(&error))?;
        if let Some(what) = self.run.difference(&snapshot.header) {
            return Err(Failure::new(
                format!("{}: the snapshot was made {what}", self.path.display()),
                "name another file for this replay, or remove this one to begin anew",
            ));
        }
        snapshot.value().map(Some).map_err(|error| self.unusable(&error))
    }

    fn write(&self, saved: &Saved) -> Result<(), Failure> {
        let bytes = encode_snapshot(&self.run, saved).map_err(|error| {
            Failure::new(
                format!("{}: the snapshot cannot be written: {error}", self.path.display()),
                "replay without --snapshot",
            )
        })?;
        replace_file(self.path, &bytes)
    }

    fn unusable(&self, error: &RecordingError) -> Failure {
        let help = match error {
            RecordingError::NotASnapshot { .. } => "name another file: this one is left as it is",
            _ => "remove it to begin anew",
        };
        Failure::new(format!("{}: {error}", self.path.display()), help)
    }
}

/// Runs the nodes over the scans to the last of them, one after the other, from where the replay was saved last, and saves it
/// now and then and at the end. Gives what a replay on threads gives.
pub fn replay_saving(
    plan: &Plan<'_>,
    scans: &[Arc<Scan>],
    saving: &Saving<'_>,
    lines: &mut EventFile,
) -> Result<Replayed, Failure> {
    let start = plan.setup.start;
    let until = scans.last().map_or(start, |scan| scan.time);
    let mut watch = Watch::new(plan.setup);
    let mut network =
        Network::new(plan.setup, plan.regime, plan.seed).map_err(|error| network_failure(&error))?;
    if let Some(saved) = saving.read()? {
        network.restore(saved.network).map_err(|error| {
            Failure::new(format!("{}: {error}", saving.path.display()), "remove it to begin anew")
        })?;
        (watch.nodes, lines.kept) = (saved.nodes, saved.events);
        let now_s = network.now().seconds_since(start);
        say(&format!("going on from {} as saved in {}", after(now_s), saving.path.display()));
    }
    while network.now() < until {
        let next = network.now().plus_seconds(saving.every_s);
        run_until(&mut network, plan, scans, next.min(until), (&mut watch, lines))?;
        let (nodes, events) = (watch.nodes.clone(), lines.kept.clone());
        saving.write(&Saved { network: network.snapshot(), nodes, events })?;
    }
    let counts = network.nodes().iter().map(|node| node.node.counts());
    watch.count(counts);
    Ok(Replayed { digest: network.digest(), nodes: watch.nodes })
}

fn run_until(
    network: &mut Network,
    plan: &Plan<'_>,
    scans: &[Arc<Scan>],
    until: Time,
    (watch, lines): (&mut Watch<'_>, &mut EventFile),
) -> Result<(), Failure> {
    // What was seen at the very start is not before the first tick.
    let now = network.now();
    let taken = scans.partition_point(|scan| now > plan.setup.start && scan.time <= now);
    let mut told = Ok(());
    let ran = network.run(scans.get(taken..).unwrap_or_default(), until, |result| {
        watch.observe(&result.picture, &result.events);
        for event in &result.events {
            if told.is_ok() {
                told = lines.take(&EventLine::of(plan.setup, event));
            }
        }
    });
    ran.map_err(|error| network_failure(&error))?;
    told
}

fn network_failure(error: &NetworkError) -> Failure {
    let help = "the regime must fit the recording: `vantage inspect FILE` shows its nodes and sensors";
    Failure::new(error.to_string(), help)
}
