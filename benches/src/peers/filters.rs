//! The extended Kalman filter: predict over a second, and update with range, azimuth and elevation.

use super::blocks::Blocks;
use super::child::Peer;
use super::contest::{Agreement, Comparison, Form, Goal};
use super::counting::Operations;
use super::work::{SECONDS, TRACKS, Work, numbers};
use super::{Gathering, drag, plain};
use crate::SceneError;
use crate::tracks::{Surroundings, tracks};
use fusion_core::dynamics::{Coast, Reentry};
use fusion_core::filter::Gaussian;
use fusion_core::measurement::Observation;
use std::hint::black_box;
use std::rc::Rc;

/// Noise of the acceleration that all filters have.
pub const DENSITY_M2_S3: f64 = 1e-3;
const LOG_DENSITY_1_S: f64 = 1e-4;

/// What is said of a filter beside its peers.
pub struct Said<'a> {
    /// The topic.
    pub topic: &'static str,
    /// Which of several.
    pub case: &'static str,
    /// Our ways.
    pub ours: &'a [Form],
    /// What the ratio should be.
    pub goal: Goal,
}

impl Said<'_> {
    /// A comparison with a peer whose results were checked.
    pub fn beside(&self, peer: &'static str, peers: Vec<Form>) -> Comparison {
        let (topic, ours, goal) = (self.topic, self.ours.to_vec(), self.goal);
        let (case, unit, note) = (self.case.to_owned(), "ns per track", String::new());
        Comparison { topic, peer, case, unit, ours, peers, goal, agreement: None, note }
    }
}

/// Six states, above the air: in blocks of four.
///
/// # Errors
/// None for the scene as it is.
pub fn free_flight(all: &mut Gathering) -> Result<(), SceneError> {
    if !all.contest.wants_topic("filter") {
        return Ok(());
    }
    let model = Coast { density_m2_s3: DENSITY_M2_S3 };
    let (tracks, looks) = tracks(&model, &Surroundings::ABOVE_THE_AIR, TRACKS)?;
    let blocks = Blocks::new(model, &tracks, &looks)?;
    let (expected, operations) = (blocks.results(), blocks.operations());
    let work = Work { tracks: Rc::new(tracks), looks: Rc::new(looks), expected };
    let ours = [blocks.enter(all)];
    let said = |goal: Goal| Said { topic: "filter", case: "6 states", ours: &ours, goal };
    floors(all, &said(Goal::AtMost(Some(2.0))), &operations);
    beside_plain(all, &said(Goal::AtLeast(Some(7.0))), &work, plain::Free(DENSITY_M2_S3));
    beside_eigen(all, &said(Goal::AtLeast(Some(6.0))), &work, &[DENSITY_M2_S3])?;
    beside_python(all, &said(Goal::AtLeast(None)), &work)
}

/// Seven states, in the air: the logarithm of the inverse ballistic coefficient beyond the velocity.
///
/// # Errors
/// None for the scene as it is.
pub fn in_the_air(all: &mut Gathering) -> Result<(), SceneError> {
    if !all.contest.wants_topic("drag") {
        return Ok(());
    }
    let model = Reentry { density_m2_s3: DENSITY_M2_S3, log_density_1_s: LOG_DENSITY_1_S };
    let (tracks, looks) = tracks(&model, &Surroundings::IN_THE_AIR, TRACKS)?;
    let mut expected = Vec::new();
    for (track, look) in tracks.iter().zip(&looks) {
        let (track, log_likelihood) = drag::step(track, look, &model).ok_or("a look beside its track")?;
        expected.extend(numbers(&track, log_likelihood));
    }
    let work = Work { tracks: Rc::new(tracks), looks: Rc::new(looks), expected };
    let (ours, operations) = drag::enter(all, &work, model)?;
    let said = |goal: Goal| Said { topic: "drag", case: "7 states", ours: &ours, goal };
    floors(all, &said(Goal::AtMost(Some(2.0))), &operations);
    let falling = plain::Falling(DENSITY_M2_S3, LOG_DENSITY_1_S);
    beside_plain(all, &said(Goal::AtLeast(Some(7.0))), &work, falling);
    let air = drag::air_table();
    let mut model = vec![DENSITY_M2_S3, LOG_DENSITY_1_S, air.len() as f64];
    model.extend(air.iter().flatten());
    beside_eigen(all, &said(Goal::AtLeast(Some(6.0))), &work, &model)
}

/// Ours beside the operations that are needed for four tracks.
pub fn floors(all: &mut Gathering, said: &Said<'_>, operations: &Operations) {
    if !all.contest.wants(said.topic, "floor") {
        return;
    }
    let rates = all.rates();
    let lowest = said.beside("floor", vec![rates.floor(operations)]);
    let note = "each division and root as one multiply-add";
    let case = |rates: &str| format!("{}, {rates}", said.case);
    all.contest.compare(Comparison { case: case("all as one"), note: note.to_owned(), ..lowest });
    let own = said.beside("floor", vec![rates.own_floor(operations)]);
    let note = "divisions and roots at their own rate".to_owned();
    all.contest.compare(Comparison { case: case("own rates"), goal: Goal::AtMost(None), note, ..own });
}

/// Ours beside nalgebra as one writes it.
fn beside_plain<const N: usize>(
    all: &mut Gathering,
    said: &Said<'_>,
    work: &Work<N>,
    motion: impl plain::Motion<N> + Copy + 'static,
) {
    if !all.contest.wants(said.topic, "nalgebra") {
        return;
    }
    let (tracks, looks) = (Rc::clone(&work.tracks), Rc::clone(&work.looks));
    let step = move |track: &Gaussian<N>, look: &Observation| {
        plain::update(&plain::predict(track, &motion, SECONDS), look)
    };
    let mut found = Vec::new();
    for (track, look) in tracks.iter().zip(looks.iter()) {
        step(track, look).into_iter().for_each(|(track, log)| found.extend(numbers(&track, log)));
    }
    let agreement = Some(work.agreement(&found));
    let mut after = tracks.to_vec();
    let entry = all.contest.enter_work("nalgebra, written plainly", tracks.len() as f64, move || {
        for ((track, look), after) in tracks.iter().zip(looks.iter()).zip(&mut after) {
            if let Some((track, log_likelihood)) = step(track, look) {
                *after = track;
                black_box(log_likelihood);
            }
        }
        black_box(&mut after);
    });
    let comparison = said.beside("nalgebra", vec![all.contest.form(entry)]);
    all.contest.compare(Comparison { agreement, ..comparison });
}

/// Ours beside two ways to write it with Eigen, both checked.
///
/// # Errors
/// When the program dies.
pub fn beside_eigen<const N: usize>(
    all: &mut Gathering,
    said: &Said<'_>,
    work: &Work<N>,
    model: &[f64],
) -> Result<(), SceneError> {
    if !all.contest.wants(said.topic, "eigen") {
        return Ok(());
    }
    let Some(peer) = all.eigen() else { return Ok(()) };
    let (mut forms, mut worst) = (Vec::new(), work.agreement(&work.expected));
    for (form, name) in [("plain", "Eigen, whole matrices"), ("symmetric", "Eigen, one triangle")] {
        let (form, agreement) = enter_peer(all, &peer, &format!("{}-{form}", said.topic), name, work, model)?;
        // Not a number is the worst of all.
        worst = if worst.worst >= agreement.worst { worst } else { agreement };
        forms.push(form);
    }
    let comparison = said.beside("eigen", forms);
    all.contest.compare(Comparison { agreement: Some(worst), ..comparison });
    Ok(())
}

/// Lets a program take part in what is loaded into it; gives how far its results lie from ours.
///
/// # Errors
/// When the program dies or does not know the task.
pub fn enter_peer<const N: usize>(
    all: &mut Gathering,
    peer: &Peer,
    task: &str,
    name: &str,
    work: &Work<N>,
    model: &[f64],
) -> Result<(Form, Agreement), SceneError> {
    peer.load(task, &work.to_load(model))?;
    let agreement = work.agreement(&peer.result(task)?);
    let entry = all.contest.enter(name, work.tracks.len() as f64, peer.timed(task));
    Ok((all.contest.form(entry), agreement))
}

/// Ours beside Stone Soup and FilterPy, which are not asked for the log-likelihood in their time.
fn beside_python(all: &mut Gathering, said: &Said<'_>, work: &Work<6>) -> Result<(), SceneError> {
    let note = "the log-likelihood in our time only";
    for (peer_name, task, name, target) in [
        ("stone-soup", "stone-soup", "Stone Soup, our motion and measurement in numpy", Some(5_000.0)),
        ("stone-soup", "stone-soup-alone", "Stone Soup, all its own", None),
        ("filterpy", "filterpy", "FilterPy, our motion and measurement in numpy", None),
    ] {
        if !all.contest.wants(said.topic, peer_name) {
            continue;
        }
        let Some(peer) = all.python() else { return Ok(()) };
        let (form, agreement) = enter_peer(all, &peer, task, name, work, &[DENSITY_M2_S3])?;
        let is_same = task != "stone-soup-alone";
        let note =
            if is_same { note } else { "another model: constant velocity; elevation, bearing and range" };
        let comparison = said.beside(peer_name, vec![form]);
        let case = if is_same { comparison.case.clone() } else { "its own model".to_owned() };
        all.contest.compare(Comparison {
            case,
            goal: Goal::AtLeast(target),
            agreement: is_same.then_some(agreement),
            note: note.to_owned(),
            ..comparison
        });
    }
    Ok(())
}
