//! A run in which nodes tell their radars where to look.
//!
//! ```text
//! picture and cues of the last tick ─► where to look ─► looks up to the next tick ─► nodes ─► picture ...
//! ```
//!
//! What a node knows comes from its sensors and links alone; the truth is the simulator's.

use crate::run::RunError;
use fusion_core::node::{Network, Node, PictureTrack, TICK_S, TickResult};
use fusion_core::types::{NodeId, Scan, Time, ecef_from_geodetic};
use nalgebra::{Vector3, Vector6};
use sensor_sim::CuedLooks;
use sensor_sim::sensor::Pointing;
use std::sync::Arc;

/// A launch that was told is looked for over its place for so long, s: what was not found by then is elsewhere.
const LAUNCH_IS_LOOKED_FOR_S: f64 = 180.0;

/// What a node would have its radars look at.
#[derive(Clone, Debug, Default)]
struct Wanted {
    /// When what follows was so.
    at: Option<Time>,
    /// Position (m) and velocity (m/s) of each missile that it tracks or was told of, Earth-fixed.
    tracks: Vec<Vector6<f64>>,
    /// When and where something was launched, that it was told of.
    launches: Vec<(Time, Vector3<f64>)>,
}

/// Runs a network up to `until` over `scans`, in order of time, without those of the radars in `looks`, whose own are made from tick
/// to tick. Not for replays: a recording holds what was seen without cues.
///
/// # Errors
/// [`RunError`] for a scan of a sensor that there is not, or a radar that cannot be simulated.
pub fn run_with_cues(
    network: &mut Network,
    mut looks: CuedLooks<'_>,
    (scans, until): (&[Arc<Scan>], Time),
    observe: &mut dyn FnMut(&TickResult),
) -> Result<(), RunError> {
    let fixed: Vec<&Arc<Scan>> = scans.iter().filter(|scan| !looks.holds(scan.sensor)).collect();
    let mut fixed = fixed.into_iter().peekable();
    let mut wanted = vec![Wanted::default(); network.nodes().len()];
    let mut waiting: Vec<Arc<Scan>> = Vec::new();
    while network.now() < until {
        let tick = network.now().plus_seconds(TICK_S);
        let told = |owner: NodeId, time: Time| wanted[usize::from(owner.0)].pointings(time);
        waiting.extend(looks.until(tick, told)?.into_iter().map(Arc::new));
        while let Some(scan) = fixed.next_if(|scan| scan.time <= tick) {
            waiting.push(Arc::clone(scan));
        }
        waiting.sort_by_key(|scan| (scan.time, scan.sensor, scan.sequence));
        // A clock that is fast gives a look a time that is still to come.
        let due = waiting.partition_point(|scan| scan.time <= tick);
        let due: Vec<Arc<Scan>> = waiting.drain(..due).collect();
        network.run(&due, tick, |result| {
            wanted[usize::from(result.picture.node.0)].note(result);
            observe(result);
        })?;
        for (wanted, node) in wanted.iter_mut().zip(network.nodes()) {
            wanted.note_launches(&node.node);
        }
    }
    Ok(())
}

impl Wanted {
    fn note(&mut self, result: &TickResult) {
        self.at = Some(result.picture.time);
        self.tracks.clear();
        self.tracks.extend(result.picture.launched().map(|track: &PictureTrack| track.kinematic.mean));
    }

    fn note_launches(&mut self, node: &Node) {
        self.launches.clear();
        self.launches.extend(node.cues().map(|(_, (time, place))| (*time, ecef_from_geodetic(*place))));
    }

    /// Where to look at `time`: where each track will be, and over launch places.
    fn pointings(&self, time: Time) -> Vec<Pointing> {
        let Some(at) = self.at else { return Vec::new() };
        let ahead_s = time.seconds_since(at);
        let place = |state: &Vector6<f64>| {
            let (position_m, velocity_m_s) = (state.fixed_rows::<3>(0), state.fixed_rows::<3>(3));
            Pointing::At(position_m + velocity_m_s * ahead_s)
        };
        let is_recent = |launched: Time| time.seconds_since(launched) <= LAUNCH_IS_LOOKED_FOR_S;
        let launches = self.launches.iter().filter(|(launched, _)| is_recent(*launched));
        self.tracks.iter().map(place).chain(launches.map(|(_, place_m)| Pointing::Over(*place_m))).collect()
    }
}
