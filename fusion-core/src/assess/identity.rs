//! Whether tracks keep to their objects: identity switches and breaks.

use super::ospa::{MetricError, check, relative_power};
use crate::math::assignment::assign_dense;
use crate::types::{ObjectId, TrackId};
use nalgebra::Vector3;
use std::collections::BTreeMap;

/// What became of one object's track over all steps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Custody {
    /// Steps in which the object was there.
    pub steps: u32,
    /// Steps in which a track was on it.
    pub tracked: u32,
    /// How often the track on it was another than the last one.
    pub switches: u32,
    /// How often it was without a track after it had one, up to the next one.
    pub breaks: u32,
    /// The track that was on it last.
    pub last: Option<TrackId>,
    is_held: bool,
}

/// Follows which track is on which object, step by step.
///
/// A track that was on an object stays on it as long as it is nearer than the cut-off; what is then left of both is
/// assigned at the least sum of squared distances, nothing beyond the cut-off. So objects that are closer to each other
/// than the cut-off may swap tracks unnoticed until they part: choose it well below their distance, and well above the
/// tracks' errors.
///
/// Bernardin and Stiefelhagen, "Evaluating multiple object tracking performance: the CLEAR MOT metrics", *EURASIP Journal on
/// Image and Video Processing* (2008), section 2.1.
///
/// ```
/// use fusion_core::assess::IdentityAccumulator;
/// use fusion_core::types::{ObjectId, TrackId};
/// use nalgebra::Vector3;
/// let mut identities = IdentityAccumulator::new(10.0);
/// let truth = [(ObjectId(0), Vector3::zeros())];
/// for track in [4, 4, 9] {
///     identities.add_step(&truth, &[(TrackId(track), Vector3::x())])?;
/// }
/// assert_eq!(identities.custody(ObjectId(0)).switches, 1);
/// # Ok::<(), fusion_core::assess::MetricError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct IdentityAccumulator {
    cutoff_m: f64,
    objects: BTreeMap<ObjectId, Custody>,
}

impl IdentityAccumulator {
    /// Nothing seen yet; a track `cutoff_m` away from an object, or more, is not on it.
    pub fn new(cutoff_m: f64) -> Self {
        IdentityAccumulator { cutoff_m, objects: BTreeMap::new() }
    }

    /// What is there at one instant: objects and tracks with their positions, m, in any one frame.
    ///
    /// # Errors
    /// [`MetricError`] when the cut-off is not positive or a position not finite; the step does not count then.
    pub fn add_step(
        &mut self,
        truths: &[(ObjectId, Vector3<f64>)],
        tracks: &[(TrackId, Vector3<f64>)],
    ) -> Result<(), MetricError> {
        let positions_m = |(_, position_m): &(TrackId, Vector3<f64>)| *position_m;
        let tracks_m: Vec<Vector3<f64>> = tracks.iter().map(positions_m).collect();
        let truths_m: Vec<Vector3<f64>> = truths.iter().map(|(_, position_m)| *position_m).collect();
        check(&tracks_m, &truths_m, 2.0, self.cutoff_m)?;
        let power = |truth: usize, track: usize| {
            relative_power(&truths_m[truth], &tracks_m[track], 2.0, self.cutoff_m)
        };
        let kept: Vec<Option<usize>> = (0..truths.len())
            .map(|truth| {
                let last = self.objects.get(&truths[truth].0).and_then(|custody| custody.last)?;
                let place = tracks.iter().position(|(id, _)| *id == last)?;
                (power(truth, place) < 1.0).then_some(place)
            })
            .collect();
        let cost = |truth: usize, track: usize| {
            let is_open = kept[truth].is_none() && !kept.contains(&Some(track));
            Some(power(truth, track)).filter(|power| is_open && *power < 1.0).unwrap_or(f64::INFINITY)
        };
        let found = assign_dense(truths.len(), tracks.len(), cost, &vec![1.0; truths.len()])?;
        for ((object, _), place) in truths.iter().zip(kept.into_iter().zip(found).map(|(k, f)| k.or(f))) {
            self.objects.entry(*object).or_default().step(place.map(|place| tracks[place].0));
        }
        Ok(())
    }

    /// What became of one object's track.
    pub fn custody(&self, object: ObjectId) -> Custody {
        self.objects.get(&object).copied().unwrap_or_default()
    }
}

impl Custody {
    fn step(&mut self, track: Option<TrackId>) {
        self.steps += 1;
        match track {
            Some(track) => {
                self.tracked += 1;
                self.switches += u32::from(self.last.is_some_and(|last| last != track));
                self.last = Some(track);
            }
            None => self.breaks += u32::from(self.is_held),
        }
        self.is_held = track.is_some();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(x: f64) -> Vector3<f64> {
        Vector3::new(x, 0.0, 0.0)
    }

    #[test]
    fn a_track_stays_on_its_object_while_another_is_nearer_and_a_swap_is_two_switches() {
        let mut identities = IdentityAccumulator::new(10.0);
        let (one, other) = (ObjectId(1), ObjectId(2));
        let mut step = |truths: [f64; 2], tracks: [f64; 2]| {
            let truths = [(one, at(truths[0])), (other, at(truths[1]))];
            let tracks = [(TrackId(7), at(tracks[0])), (TrackId(8), at(tracks[1]))];
            identities.add_step(&truths, &tracks).expect("valid");
        };
        step([0.0, 100.0], [1.0, 99.0]);
        // Near each other: the other track is nearer, and yet nothing has changed.
        step([0.0, 4.0], [4.0, 0.0]);
        // They part, each with the other's track.
        step([0.0, 100.0], [100.0, 0.0]);
        step([0.0, 100.0], [100.0, 0.0]);
        assert_eq!((identities.custody(one).switches, identities.custody(other).switches), (1, 1));
        assert_eq!(identities.custody(one).last, Some(TrackId(8)));
    }

    #[test]
    fn a_gap_is_a_break_and_the_same_track_after_it_no_switch() {
        let mut identities = IdentityAccumulator::new(10.0);
        let truth = [(ObjectId(0), at(0.0))];
        for track in [None, Some(1), None, None, Some(1), None, Some(2)] {
            let tracks: Vec<_> = track.map(|id| (TrackId(id), at(1.0))).into_iter().collect();
            identities.add_step(&truth, &tracks).expect("valid");
        }
        let custody = identities.custody(ObjectId(0));
        assert_eq!((custody.steps, custody.tracked, custody.breaks, custody.switches), (7, 3, 2, 1));
        assert_eq!(identities.custody(ObjectId(5)), Custody::default());
        let far = [(TrackId(3), at(f64::NAN))];
        assert!(matches!(identities.add_step(&truth, &far), Err(MetricError::Point { .. })));
    }
}
