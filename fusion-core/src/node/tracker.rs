//! A node's tracks, and what a scan does to them.

use super::Setup;
use super::sorted::SortedMap;
use crate::association::{Candidacy, NearestNeighbour, Predicted};
use crate::filter::PositionModes;
use crate::measurement::{Observation, Station, clutter_density};
use crate::track::{Initiator, Score, Track, Verdict, detection_probability, is_beyond_aircraft};
use crate::types::{NodeId, Scan, SensorKind, Time, TrackId, height_and_up};
use crate::warning::{Launch, back_to_launch};

/// All tracks of a node at one instant of its history. Copying it is how a node remembers where it stood.
#[derive(Debug, Default)]
pub(super) struct Tracker {
    /// In order of identity.
    pub tracks: Vec<Track>,
    /// Which of them stands for which track of another node.
    pub remote: SortedMap<(NodeId, TrackId), TrackId>,
    /// Where each track was launched, for those that burnt when they were confirmed.
    pub launches: SortedMap<TrackId, Launch>,
    /// Plots of the node's own sensors that went into each track since the last report, in order of time: what others have not
    /// been told.
    pub unreported: Vec<(TrackId, (Time, Observation))>,
    /// Tracks dropped because a covariance was no longer sound: an error of the filter, counted and never hidden.
    pub unsound: u64,
    /// Plots that started no track because there were too many already.
    pub crowded_out: u64,
}

impl Clone for Tracker {
    fn clone(&self) -> Self {
        let mut copy = Tracker::default();
        copy.clone_from(self);
        copy
    }

    /// In the memory that is there. Makes as much room as the source has: a copy grows once the source has grown, and not at
    /// each record of its own number of tracks.
    fn clone_from(&mut self, source: &Self) {
        let Tracker { tracks, remote, launches, unreported, unsound, crowded_out } = source;
        self.tracks.reserve_exact(tracks.capacity().saturating_sub(self.tracks.len()));
        self.tracks.clone_from(tracks);
        self.remote.clone_from(remote);
        self.launches.clone_from(launches);
        self.unreported.clone_from(unreported);
        (self.unsound, self.crowded_out) = (*unsound, *crowded_out);
    }
}

/// What taking a scan in needs besides the tracks, kept from scan to scan: once it has grown, nothing is allocated.
#[derive(Clone, Debug, Default)]
pub(super) struct Scratch {
    observations: Vec<Observation>,
    /// Of false plots, at each observation.
    densities: Vec<f64>,
    seen: Vec<Seen>,
    association: NearestNeighbour,
    /// Whether each observation went into a track.
    taken: Vec<bool>,
    initiator: Initiator,
}

/// A track that the sensor may see: its index, where it may be, and how probably it gives a plot.
#[derive(Clone, Copy, Debug)]
struct Seen {
    index: usize,
    positions: PositionModes,
    detection_probability: f64,
}

/// Unconfirmed tracks at most: a bound on time and memory when clutter is far above what was configured.
const MOST_TENTATIVE: usize = 256;
/// An unconfirmed track that nothing has gone into for so long is gone, s.
const TENTATIVE_LIFETIME_S: f64 = 30.0;
/// A track this far below the ground has landed, m.
const LANDED_BELOW_M: f64 = -500.0;

impl Tracker {
    /// Takes in one look of one sensor: predict, gate, assign, update, start, delete.
    pub fn scan(&mut self, node: NodeId, setup: &Setup, scan: &Scan, scratch: &mut Scratch) {
        let Some(sensor) = setup.sensor(scan.sensor) else { return };
        let station = Station::at_scan(sensor, scan);
        let Scratch { observations, densities, seen, association, taken, initiator } = scratch;
        observations.clear();
        observations.extend(scan.plots.iter().filter_map(|plot| Observation::new(&station, plot)));
        densities.clear();
        densities.extend(observations.iter().map(|observation| clutter_density(&station, observation)));
        self.predict_what_may_be_seen(setup, &station, scan.time, seen);

        let predicted = seen.iter().map(|Seen { positions, detection_probability, .. }| Predicted {
            positions,
            detection_probability: *detection_probability,
        });
        let candidacies = observations
            .iter()
            .zip(&*densities)
            .map(|(observation, &false_density)| Candidacy { observation, false_density });
        // Sound covariances give finite costs; were one not, every track would count a miss and be dropped below.
        let pairs = association.assign(predicted, candidacies, setup.gate).unwrap_or_default();
        let pairs = pairs.iter().copied().chain(std::iter::repeat(None));

        taken.clear();
        taken.resize(observations.len(), false);
        for (Seen { index, detection_probability, .. }, pair) in seen.iter().zip(pairs) {
            let track = &mut self.tracks[*index];
            let hit = pair
                .filter(|&plot| is_hit(track, &observations[plot], densities[plot], *detection_probability));
            match hit {
                Some(plot) => {
                    taken[plot] = true;
                    track.last_seen = scan.time;
                    track.plumes += u32::from(observations[plot].sees_plume_only);
                    if sensor.owner == node {
                        self.unreported.push((track.id, (scan.time, observations[plot])));
                        track.has_own_plots = true;
                    }
                }
                None => {
                    let log = track.filter.miss(*detection_probability, sensor.sees_plumes_only());
                    track.score.miss(log);
                }
            }
        }
        self.drop_rejected(setup, scan.time);
        for (plot, observation) in observations.iter().enumerate().filter(|(plot, _)| !taken[*plot]) {
            self.begin(node, setup, (&station, scan), (plot, observation), initiator);
        }
    }

    /// Predicts to the scan's time every track that the sensor may see, and lists them in `seen`.
    fn predict_what_may_be_seen(
        &mut self,
        setup: &Setup,
        station: &Station<'_>,
        time: Time,
        seen: &mut Vec<Seen>,
    ) {
        seen.clear();
        for (index, track) in self.tracks.iter_mut().enumerate() {
            if may_be_near(station, track, time) {
                track.predict_to(time, &setup.models);
                let positions = track.filter.positions();
                let detection_probability = detection_probability(station, &positions);
                if detection_probability > 0.0 {
                    seen.push(Seen { index, positions, detection_probability });
                }
            }
        }
    }

    /// Starts a track on a plot that belongs to none.
    fn begin(
        &mut self,
        node: NodeId,
        setup: &Setup,
        (station, scan): (&Station<'_>, &Scan),
        (plot, observation): (usize, &Observation),
        initiator: &mut Initiator,
    ) {
        if self.tracks.iter().filter(|track| !track.is_confirmed()).count() >= MOST_TENTATIVE {
            self.crowded_out += 1;
            return;
        }
        let Some(filter) = initiator.start(observation, &setup.models) else { return };
        let id =
            TrackId(u64::from(scan.sensor.0) << 48 | u64::from(scan.sequence) << 16 | (plot as u64 & 0xffff));
        let own = station.sensor.owner == node;
        if own {
            self.unreported.push((id, (scan.time, *observation)));
        }
        self.insert(Track {
            id,
            time: scan.time,
            filter,
            score: Score::first_plot(),
            first_seen: scan.time,
            last_seen: scan.time,
            has_own_plots: own,
            plumes: u32::from(observation.sees_plume_only),
            is_missile: false,
            pedigree: crate::types::Pedigree::default(),
        });
    }

    /// Puts a track in its place in the order of identities.
    pub fn insert(&mut self, track: Track) {
        let place = self.tracks.partition_point(|known| known.id < track.id);
        self.tracks.insert(place, track);
    }

    fn drop_rejected(&mut self, setup: &Setup, now: Time) {
        let unsound = &mut self.unsound;
        self.tracks.retain_mut(|track| {
            if !track.filter.is_sound() {
                *unsound += 1;
                return false;
            }
            match track.score.verdict(&setup.limits) {
                Verdict::Rejected => false,
                Verdict::Confirmed => true,
                Verdict::Undecided => now.seconds_since(track.last_seen) < TENTATIVE_LIFETIME_S,
            }
        });
    }

    /// Predicts everything to a tick, ends tracks that have landed or are lost, and joins those that are one.
    pub fn tick(&mut self, setup: &Setup, now: Time) {
        for track in &mut self.tracks {
            track.predict_to(now, &setup.models);
        }
        self.drop_rejected(setup, now);
        let greatest = setup.tracker.maximum_position_sigma_m;
        self.tracks.retain(|track| {
            let kinematic = track.filter.kinematic();
            let (height_m, _) = height_and_up(&kinematic.mean.fixed_rows::<3>(0).into());
            let is_lost = (0..3).any(|axis| kinematic.covariance[(axis, axis)] > greatest * greatest);
            height_m > LANDED_BELOW_M && !is_lost
        });
        self.join_duplicates(setup);
        for track in self.tracks.iter_mut().filter(|track| track.is_confirmed() && !track.is_missile) {
            track.is_missile = is_beyond_aircraft(&track.filter.kinematic(), track.plumes);
        }
        self.locate_launches(now);
        let tracks = &self.tracks;
        self.remote.retain(|_, local| tracks.iter().any(|track| track.id == *local));
        self.launches.retain(|id, _| tracks.iter().any(|track| track.id == *id));
    }

    /// Keeps, for each track, the launch estimate with the smallest ellipse while it burns.
    fn locate_launches(&mut self, now: Time) {
        let area = |launch: &Launch| launch.covariance_m2.determinant();
        for track in &self.tracks {
            if !track.is_confirmed() || track.filter.probabilities[0] < 0.5 {
                continue;
            }
            if let Some(launch) = back_to_launch(&track.filter.boost, now)
                && self.launches.get(&track.id).is_none_or(|known| area(&launch) < area(known))
            {
                self.launches.insert(track.id, launch);
            }
        }
    }

    /// Two confirmed tracks that cannot be told apart are one; the better founded stays.
    fn join_duplicates(&mut self, setup: &Setup) {
        let mut first = 0;
        while first < self.tracks.len() {
            let twin = (first + 1..self.tracks.len()).find(|&second| {
                let (a, b) = (&self.tracks[first], &self.tracks[second]);
                a.is_confirmed()
                    && b.is_confirmed()
                    && super::remote::squared_distance(&a.filter.kinematic(), &b.filter.kinematic())
                        .is_some_and(|squared| squared < setup.track_gate)
            });
            match twin {
                None => first += 1,
                Some(second) => {
                    let keeps_first = self.tracks[first].score.plots() >= self.tracks[second].score.plots();
                    let dropped = self.tracks.remove(if keeps_first { second } else { first });
                    let kept = &mut self.tracks[if keeps_first { first } else { second - 1 }];
                    kept.first_seen = kept.first_seen.min(dropped.first_seen);
                    kept.plumes = kept.plumes.saturating_add(dropped.plumes);
                    kept.is_missile |= dropped.is_missile;
                    let kept_id = kept.id;
                    for local in self.remote.values_mut().filter(|local| **local == dropped.id) {
                        *local = kept_id;
                    }
                    if let Some(launch) = self.launches.remove(&dropped.id)
                        && self.launches.get(&kept_id).is_none()
                    {
                        self.launches.insert(kept_id, launch);
                    }
                }
            }
        }
    }

    /// The plots of a track that others have not been told of, in order of time.
    pub fn unreported_of(&self, id: TrackId) -> impl Iterator<Item = &(Time, Observation)> {
        self.unreported.iter().filter(move |(of, _)| *of == id).map(|(_, plot)| plot)
    }
}

/// Takes an assigned plot into a track; no, and no change, when a miss is likelier.
fn is_hit(
    track: &mut Track,
    observation: &Observation,
    false_density: f64,
    detection_probability: f64,
) -> bool {
    let before = track.filter;
    let Some(log_likelihood) = track.filter.update(observation, false_density) else {
        return false;
    };
    let ratio = libm::log(detection_probability / false_density) + log_likelihood;
    // The assignment knows positions only, and linearises once. Where the range rate, or the update that has settled, says that
    // the plot is somebody else's, a miss is likelier.
    if ratio < libm::log1p(-detection_probability.min(0.999_999)) {
        track.filter = before;
        return false;
    }
    track.score.hit(ratio);
    true
}

/// Whether a look at `time` is worth a prediction: moved along a straight line, the track lies within the sensor's reach
/// with a margin for all that a straight line and a mean leave out.
fn may_be_near(station: &Station<'_>, track: &Track, time: Time) -> bool {
    const MARGIN_M: f64 = 50_000.0;
    const MARGIN_SIGMAS: f64 = 3.0;
    let radar = match &station.sensor.kind {
        SensorKind::Radar(radar) => radar,
        SensorKind::Infrared(_) => return track.filter.probabilities[0] > 0.0,
        SensorKind::Sonar(_) | SensorKind::Cue => return false,
    };
    let kinematic = track.filter.kinematic();
    let moved_m = kinematic.mean.fixed_rows::<3>(3).norm() * time.seconds_since(track.time).max(0.0);
    let spread_m = kinematic.covariance.fixed_view::<3, 3>(0, 0).trace().max(0.0).sqrt();
    let distance_m = (kinematic.mean.fixed_rows::<3>(0) - station.position_m).norm();
    distance_m - moved_m - MARGIN_SIGMAS * spread_m < radar.maximum_range_m + MARGIN_M
}
