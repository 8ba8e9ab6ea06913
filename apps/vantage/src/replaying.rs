//! Runs the nodes over scans and keeps what they knew.

use crate::event_line::EventLine;
use crate::failure::Failure;
use crate::figures::{AlertFigures, NodeFigures, TrackFigures, area_name, seconds, track_name};
use crate::words::utc;
use fusion_core::node::{Counts, Event, EventKind, Picture, Setup};
use fusion_core::share::Regime;
use fusion_core::types::Scan;
use fusion_pipeline::{Options, Pace, PipelineError};
use recording::Header;
use std::convert::Infallible;
use std::path::Path;
use std::sync::Arc;

/// What is replayed, and how.
#[derive(Clone, Copy, Debug)]
pub struct Plan<'a> {
    /// Sensors, nodes, areas and trackers.
    pub setup: &'a Arc<Setup>,
    /// Who shares what with whom.
    pub regime: &'a Regime,
    /// Seed of the links' delays and releases.
    pub seed: u64,
    /// Threads; none takes one for each processor.
    pub threads: Option<usize>,
    /// Scenario seconds in a second; none is as fast as it goes.
    pub speed: Option<f64>,
}

/// What a replay gave.
#[derive(Clone, Debug)]
pub struct Replayed {
    /// Digest of everything that the nodes knew and said.
    pub digest: [u8; 32],
    /// What each node knew.
    pub nodes: Vec<NodeFigures>,
}

/// The nodes' setup, from the header of a recording.
pub fn setup_of(path: &Path, header: &Header) -> Result<Arc<Setup>, Failure> {
    let setup = Setup::new(
        header.nodes.clone(),
        header.sensors.clone(),
        header.areas.clone(),
        header.warning,
        header.tracker,
        header.start,
    );
    setup.map(Arc::new).map_err(|error| {
        let help = "mend it in the scenario and record it again";
        Failure::new(format!("{}: header: {error}", path.display()), help)
    })
}

/// Runs the nodes over the scans to the last of them; every event goes to `tell` when it happens.
///
/// Threads and speed change nothing in the result.
pub fn replay(
    plan: &Plan<'_>,
    scans: &[Arc<Scan>],
    mut tell: impl FnMut(&EventLine) -> Result<(), Failure>,
) -> Result<Replayed, Failure> {
    let until = scans.last().map_or(plan.setup.start, |scan| scan.time);
    let processors = || std::thread::available_parallelism().map_or(1, usize::from);
    let options = Options {
        threads: plan.threads.unwrap_or_else(processors),
        pace: plan.speed.map_or(Pace::Maximum, Pace::real_time),
        ..Options::default()
    };
    let run = fusion_pipeline::Plan { setup: plan.setup, regime: plan.regime, seed: plan.seed };
    let mut watch = Watch::new(plan.setup);
    let mut told = Ok(());
    let whole = scans.iter().map(|scan| Ok::<_, Infallible>(Arc::clone(scan)));
    let report = fusion_pipeline::replay(&run, whole, until, &options, |tick| {
        watch.observe(&tick.picture, &tick.events);
        for event in &tick.events {
            if told.is_ok() {
                told = tell(&EventLine::of(plan.setup, event));
            }
        }
    })
    .map_err(|error| pipeline_failure(&error))?;
    told?;
    watch.count(report.nodes.iter().map(|node| node.counts));
    Ok(Replayed { digest: report.digest, nodes: watch.nodes })
}

fn pipeline_failure(error: &PipelineError) -> Failure {
    let help = match error {
        PipelineError::NodePanicked { .. } => "this is a fault of vantage: report it with the recording",
        PipelineError::NoThread { .. } => "give fewer --threads",
        _ => "the regime must fit the recording: `vantage inspect FILE` shows its nodes and sensors",
    };
    Failure::new(error.to_string(), help)
}

/// Keeps what each node knew.
pub struct Watch<'a> {
    setup: &'a Setup,
    /// By node.
    pub nodes: Vec<NodeFigures>,
}

impl<'a> Watch<'a> {
    /// Nodes that have known nothing yet.
    pub fn new(setup: &'a Setup) -> Self {
        let nothing = |name: &String| NodeFigures {
            node: name.clone(),
            scans: 0,
            messages: 0,
            too_late: 0,
            shed_plots: 0,
            shed_steps: 0,
            shed_beginnings: 0,
            first_confirmed_s: None,
            first_declared_s: None,
            missiles_counted: 0,
            actionable_s: None,
            tracks: Vec::new(),
            alerts: Vec::new(),
        };
        Watch { setup, nodes: setup.nodes.iter().map(nothing).collect() }
    }

    /// Takes in what a node says at a tick.
    pub fn observe(&mut self, picture: &Picture, events: &[Event]) {
        let Some(figures) = self.nodes.get_mut(usize::from(picture.node.0)) else { return };
        for event in events {
            note(self.setup, figures, event);
        }
        figures.missiles_counted = picture.missiles_so_far;
        for track in picture.confirmed() {
            let name = track_name(track.id);
            if let Some(known) = figures.tracks.iter_mut().find(|known| known.track == name) {
                known.note(self.setup, picture.time, track);
            }
        }
    }

    /// Takes in what became of all that each node was given.
    pub fn count(&mut self, nodes: impl Iterator<Item = Counts>) {
        for (counts, figures) in nodes.zip(&mut self.nodes) {
            (figures.scans, figures.messages, figures.too_late) =
                (counts.scans, counts.messages, counts.too_late);
            (figures.shed_plots, figures.shed_steps, figures.shed_beginnings) =
                (counts.shed_plots, counts.shed_steps, counts.shed_beginnings);
        }
    }
}

fn note(setup: &Setup, figures: &mut NodeFigures, event: &Event) {
    let now_s = seconds(setup, event.time);
    match &event.kind {
        EventKind::Confirmed { track } => {
            figures.first_confirmed_s.get_or_insert(now_s);
            match of(figures, &track_name(*track)) {
                // Lost and found again.
                Some(known) => known.ended_s = None,
                None => figures.tracks.push(TrackFigures::confirmed(setup, event.time, *track)),
            }
        }
        EventKind::Declared { track } => {
            figures.first_declared_s.get_or_insert(now_s);
            of(figures, &track_name(*track)).into_iter().for_each(|known| known.declared_s = Some(now_s));
        }
        EventKind::Ended { track } | EventKind::Joined { track, .. } => {
            of(figures, &track_name(*track)).into_iter().for_each(|known| known.ended_s = Some(now_s));
        }
        EventKind::BurntOut { track, .. } => {
            of(figures, &track_name(*track)).into_iter().for_each(|known| known.burnt_out_s = Some(now_s));
        }
        EventKind::Actionable { track, .. } => {
            figures.actionable_s.get_or_insert(now_s);
            of(figures, &track_name(*track)).into_iter().for_each(|known| known.actionable_s = Some(now_s));
        }
        EventKind::Alert { area, track } => figures.alerts.push(AlertFigures {
            area: area_name(setup, *area),
            time_s: now_s,
            time_utc: utc(event.time),
            track: track_name(*track),
        }),
        _ => {}
    }
}

fn of<'f>(figures: &'f mut NodeFigures, track: &str) -> Option<&'f mut TrackFigures> {
    figures.tracks.iter_mut().find(|known| known.track == track)
}
