//! The picture of a node beside the truth, second by second, with what it says of its peers.

use super::lies::{Liar, Lie};
use super::{AccuracyError, Pair};
use fusion_core::assess::gospa;
use fusion_core::node::{EventKind, Inbox, Setup, TICK_S, TickResult, build};
use fusion_core::types::{Scan, Time};
use nalgebra::Vector3;
use sensor_sim::Truth;
use sharing_study::run::link_seed;
use std::sync::Arc;

/// Order of GOSPA, its cut-off, m, and the most that an error counts, m.
const ORDER: f64 = 2.0;
const CUTOFF_M: f64 = 10_000.0;
const CAP_M: f64 = 50_000.0;

/// One second.
#[derive(Clone, Copy, Debug)]
pub struct Second {
    /// Of the track nearest to the missile; none without a track of anything launched.
    pub squared_m2: Option<f64>,
    pub gospa_squared_m2: f64,
}

/// What one node knew, and said of its peers.
#[derive(Clone, Debug, Default)]
pub struct Watched {
    pub ticks: Vec<Second>,
    /// How long after its first lie the liar was named, s.
    pub caught_after_s: Option<f64>,
    /// Events that name somebody else.
    pub wrong: usize,
}

/// Runs both nodes of a pair, with a link between them or without, and watches the receiver.
pub fn watch(
    setup: &Arc<Setup>,
    pair: &Pair,
    lie: Option<Lie>,
    (scans, truth, until): (&[Arc<Scan>], &Truth, Time),
    (seed, run, is_linked): (u64, usize, bool),
) -> Result<Watched, AccuracyError> {
    let (mut routing, mut nodes) = build(setup, &pair.regime, link_seed(seed, run as u32))?;
    let mut inboxes = vec![Inbox::default(); nodes.len()];
    let mut liar = lie.map(|lie| Liar::new(lie, pair.liar, pair.receiver));
    let (liar_index, receiver_index) = (usize::from(pair.liar.0), usize::from(pair.receiver.0));
    let (mut result, mut sent) = (TickResult::empty(pair.receiver, setup.start), Vec::new());
    let (mut watched, mut arrivals, mut next) = (Watched::default(), Vec::new(), 0);
    let mut now = setup.start;
    while now < until {
        now = now.plus_seconds(TICK_S);
        while let Some(scan) = scans.get(next).filter(|scan| scan.time <= now) {
            routing.route_into(scan, &mut arrivals)?;
            for (to, arrival) in arrivals.drain(..) {
                inboxes[usize::from(to.0)].add_scan(arrival, Arc::clone(scan));
            }
            next += 1;
        }
        if is_linked {
            nodes[liar_index].tick_into(now, &mut inboxes[liar_index], &mut result, &mut sent);
            let honest = std::mem::take(&mut sent);
            let told = match &mut liar {
                Some(liar) => liar.tamper(setup, now, honest),
                None => honest,
            };
            told.into_iter().for_each(|delivery| inboxes[receiver_index].add_delivery(delivery));
        }
        nodes[receiver_index].tick_into(now, &mut inboxes[receiver_index], &mut result, &mut sent);
        watched.see(&result, truth)?;
        watched.hear(&result, pair, liar.as_ref().and_then(Liar::since));
    }
    Ok(watched)
}

impl Watched {
    fn see(&mut self, result: &TickResult, truth: &Truth) -> Result<(), AccuracyError> {
        let picture = &result.picture;
        let tracks: Vec<Vector3<f64>> =
            picture.launched().map(|track| track.kinematic.mean.fixed_rows::<3>(0).into()).collect();
        let state = |object: &sensor_sim::TruthObject| Some(object.state_at(picture.time)?.position_m);
        let truths: Vec<Vector3<f64>> = truth.objects.iter().filter_map(state).collect();
        let missile = truth.missiles().filter_map(state).next();
        let squared = |missile_m: Vector3<f64>| {
            let squares = tracks.iter().map(|track_m| (track_m - missile_m).norm_squared());
            squares.min_by(f64::total_cmp).map(|square| square.min(CAP_M * CAP_M))
        };
        let distance_m = gospa(&tracks, &truths, ORDER, CUTOFF_M)?.distance_m;
        let squared_m2 = missile.and_then(squared);
        self.ticks.push(Second { squared_m2, gospa_squared_m2: distance_m * distance_m });
        Ok(())
    }

    fn hear(&mut self, result: &TickResult, pair: &Pair, since: Option<Time>) {
        for event in &result.events {
            let EventKind::Quarantined { peer, .. } = event.kind else { continue };
            match since {
                Some(since) if peer == pair.liar => {
                    self.caught_after_s.get_or_insert(event.time.seconds_since(since));
                }
                _ => self.wrong += 1,
            }
        }
    }
}
