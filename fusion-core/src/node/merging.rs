//! Tracks that a look may not tell apart: one plot then stands for two.

use super::scan::{Look, Seen};
use crate::track::{Track, unresolved_probability};
use crate::types::Resolution;
use nalgebra::{Matrix3, Vector3};

/// The pairs of confirmed tracks that may lie in one cell of the radar that looks. Keeps its memory.
///
/// Of a track that is not confirmed nobody knows whether there is an object to merge with: it counts as alone.
#[derive(Clone, Debug, Default)]
pub(super) struct Merging {
    /// The confirmed tracks by their least range.
    reaches: Vec<Reach>,
    pairs: Vec<Pair>,
}

/// Where a track may be, seen from the radar, with half a cell around.
#[derive(Clone, Copy, Debug)]
struct Reach {
    row: usize,
    mean_m: Vector3<f64>,
    direction: Vector3<f64>,
    /// Half the angle of the cone.
    half_angle_rad: f64,
    nearest_m: f64,
    farthest_m: f64,
}

/// Two tracks that may be in one cell.
#[derive(Clone, Copy, Debug)]
struct Pair {
    /// Their places in `reaches`.
    places: [usize; 2],
    probability: f64,
}

/// Tracks that are less probably in one cell are told apart.
const LEAST_PROBABILITY: f64 = 0.01;
/// Standard deviations that a track reaches.
const REACH_SIGMAS: f64 = 4.0;
/// Pairs that a track makes with those behind it, at most: a bound on time in a dense cloud.
const MOST_BEHIND: usize = 8;

impl Reach {
    fn new(look: &Look<'_>, cell: Resolution, (row, seen): (usize, &Seen)) -> Option<Self> {
        let (mean_m, covariance_m2) = seen.positions.mean_and_covariance();
        let offset_m = mean_m - look.station.position_m;
        let range_m = offset_m.norm();
        let direction = offset_m.try_normalize(0.0)?;
        let along_m2 = direction.dot(&(covariance_m2 * direction)).max(0.0);
        let across_m2 = (covariance_m2.trace() - along_m2).max(0.0);
        let half_m = REACH_SIGMAS * along_m2.sqrt() + 0.5 * cell.range_m;
        Some(Reach {
            row,
            mean_m,
            direction,
            half_angle_rad: REACH_SIGMAS * across_m2.sqrt() / range_m + 0.5 * cell.across_rad,
            nearest_m: range_m - half_m,
            farthest_m: range_m + half_m,
        })
    }

    /// Whether the cones overlap. A chord is shorter than its angle.
    fn is_beside(&self, other: &Reach) -> bool {
        (self.direction - other.direction).norm() < self.half_angle_rad + other.half_angle_rad
    }
}

impl Merging {
    /// Finds the pairs, and writes to each of the confirmed tracks how probably it is in one cell with another.
    pub fn find(&mut self, look: &Look<'_>, tracks: &[Track], seen: &mut [Seen]) {
        self.pairs.clear();
        self.reaches.clear();
        let Some(cell) = look.station.sensor.resolution() else { return };
        let confirmed = seen.iter().enumerate().filter(|(_, seen)| {
            seen.branch.is_none() && seen.detection_probability > 0.0 && tracks[seen.index].is_confirmed()
        });
        self.reaches.extend(confirmed.filter_map(|numbered| Reach::new(look, cell, numbered)));
        self.reaches.sort_unstable_by(|one, other| {
            one.nearest_m.total_cmp(&other.nearest_m).then(one.row.cmp(&other.row))
        });
        for (first, one) in self.reaches.iter().enumerate() {
            let behind = self.reaches.iter().enumerate().skip(first + 1);
            let near = behind
                .take_while(|(_, other)| other.nearest_m < one.farthest_m)
                .filter(|(_, other)| one.is_beside(other));
            for (second, other) in near.take(MOST_BEHIND) {
                let [a, b] = [one, other].map(|reach| &seen[reach.row].positions);
                let probability = unresolved_probability(look.station, &cell, a, b);
                if probability < LEAST_PROBABILITY {
                    continue;
                }
                self.pairs.push(Pair { places: [first, second], probability });
                for row in [one.row, other.row] {
                    seen[row].resolved_probability *= 1.0 - probability;
                }
            }
        }
        // A gate must let in the plot of both, which may lie in neither's own: or it starts a track between them.
        self.widen(seen, |_| None);
        if !self.pairs.is_empty() {
            seen.iter_mut().for_each(|seen| seen.positions.widen(&seen.offset_m2));
        }
    }

    /// Writes to each track how far off its plot may lie, as the middle of two powers.
    ///
    /// If each division of the power is as probable as any other, the second moment is a third of the distance's square. With
    /// `missed`, how probably the track of a row got no plot of its own in this look, it counts as much as the two are now in
    /// one cell: with two plots they are not.
    pub fn widen(&self, seen: &mut [Seen], missed: impl Fn(usize) -> Option<f64>) {
        seen.iter_mut().for_each(|seen| seen.offset_m2.fill(0.0));
        for Pair { places, probability } in &self.pairs {
            let [one, other] = places.map(|place| &self.reaches[place]);
            let apart_m = other.mean_m - one.mean_m;
            let third_m2 = apart_m * apart_m.transpose() / 3.0;
            for (row, partner) in [(one.row, other.row), (other.row, one.row)] {
                let unseen = 1.0 - seen[partner].detection_probability * (1.0 - probability);
                let merged = missed(partner).map_or(*probability, |missed| missed * probability / unseen);
                seen[row].offset_m2 += third_m2 * merged;
            }
        }
        if !self.pairs.is_empty() {
            share_with_branches(seen);
        }
    }
}

/// Branches of a track are in one cell with others as probably as the track is.
fn share_with_branches(seen: &mut [Seen]) {
    let mut own = (1.0, Matrix3::zeros());
    for seen in seen {
        match seen.branch {
            None => own = (seen.resolved_probability, seen.offset_m2),
            Some(_) => (seen.resolved_probability, seen.offset_m2) = own,
        }
    }
}
