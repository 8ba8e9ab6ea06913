//! SIAP: the single integrated air picture's measures of one node's picture over time.

use crate::types::{ObjectId, TrackId};
use std::collections::{BTreeMap, BTreeSet};

/// One track at one time step, and the truth it belongs to by the caller's rule.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SiapTrack {
    /// The track.
    pub track: TrackId,
    /// The truth it is on and its position error, m; none for a track on nothing.
    pub truth: Option<(ObjectId, f64)>,
}

/// The measures over all steps so far. None where nothing was there to divide by.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Siap {
    /// C: share of the truths, over all steps, that had a track; best is 1.
    pub completeness: Option<f64>,
    /// A: tracks for each truth that had one; best is 1.
    pub ambiguity: Option<f64>,
    /// S: share of the tracks that were on no truth; best is 0.
    pub spuriousness: Option<f64>,
    /// PA: mean position error of the tracks on a truth, m.
    pub position_accuracy_m: Option<f64>,
    /// R: changes of the track that a truth is known by, for each second it was tracked, 1/s; best is 0.
    pub track_change_rate_1_s: Option<f64>,
    /// LS: share of the truths' time that the longest unbroken track of each covers; best is 1.
    pub longest_track_share: Option<f64>,
}

/// What is kept of one truth.
#[derive(Clone, Debug, Default)]
struct History {
    present_s: f64,
    tracked_s: f64,
    longest_s: f64,
    /// How long each track that is on the truth now has been on it without a break.
    running_s: BTreeMap<TrackId, f64>,
    /// The tracks that have covered every tracked step since the last change.
    covering: BTreeSet<TrackId>,
    changes: u32,
}

/// Gathers the counts of each time step and gives the measures.
///
/// The caller says which track is on which truth (by an assignment with a cut-off, as [`crate::assess::gospa`]
/// answers it, or by the plots' origins): a different rule gives different figures, so name it beside them. Several
/// tracks may be on one truth. The number of changes is the least that covers the tracked steps; a track that comes
/// back under its old number after a gap is no change. Not a measure of warning: a picture can be complete and late.
///
/// Votruba and others, *SIAP Metrics Implementation* (2001): C = ΣJT / ΣJ, A = ΣNA / ΣJT, S = Σ(N − NA) / ΣN,
/// R = Σ(NU − 1) / ΣTT, LS = ΣTL / ΣT, with J truths, JT truths tracked, N tracks, NA tracks on a truth, and for each
/// truth NU tracks needed, TT time tracked, TL longest track, T time present.
///
/// ```
/// use fusion_core::assess::{SiapAccumulator, SiapTrack};
/// use fusion_core::types::{ObjectId, TrackId};
/// let mut siap = SiapAccumulator::default();
/// let on = |track, error_m| SiapTrack { track: TrackId(track), truth: Some((ObjectId(7), error_m)) };
/// siap.add_step(1.0, &[ObjectId(7), ObjectId(8)], &[on(1, 30.0), SiapTrack { track: TrackId(2), truth: None }]);
/// siap.add_step(1.0, &[ObjectId(7), ObjectId(8)], &[on(3, 10.0)]);
/// let measures = siap.measures();
/// assert_eq!(measures.completeness, Some(0.5)); // one of two truths, twice
/// assert_eq!(measures.spuriousness, Some(1.0 / 3.0)); // one of three tracks
/// assert_eq!(measures.position_accuracy_m, Some(20.0));
/// assert_eq!(measures.track_change_rate_1_s, Some(0.5)); // from 1 to 3, in two seconds
/// assert_eq!(measures.longest_track_share, Some(0.25)); // one of two seconds of one of two
/// ```
#[derive(Clone, Debug, Default)]
pub struct SiapAccumulator {
    truths: u64,
    tracked_truths: u64,
    tracks: u64,
    assigned_tracks: u64,
    error_sum_m: f64,
    histories: BTreeMap<ObjectId, History>,
}

impl SiapAccumulator {
    /// Adds one time step that stands for `span_s` seconds, with the truths that were there and the picture's tracks.
    ///
    /// A track on a truth that is not among `truths` counts as a track on nothing. Steps come in the order of time.
    pub fn add_step(&mut self, span_s: f64, truths: &[ObjectId], tracks: &[SiapTrack]) {
        let mut on_truth: BTreeMap<ObjectId, BTreeSet<TrackId>> =
            truths.iter().map(|truth| (*truth, BTreeSet::new())).collect();
        self.tracks += tracks.len() as u64;
        for SiapTrack { track, truth } in tracks {
            let Some((truth, error_m)) = truth else { continue };
            let Some(assigned) = on_truth.get_mut(truth) else { continue };
            assigned.insert(*track);
            self.assigned_tracks += 1;
            self.error_sum_m += error_m;
        }
        // A truth that is gone breaks the run of its tracks.
        for (truth, history) in &mut self.histories {
            if !on_truth.contains_key(truth) {
                history.running_s.clear();
            }
        }
        self.truths += on_truth.len() as u64;
        for (truth, assigned) in on_truth {
            self.tracked_truths += u64::from(!assigned.is_empty());
            self.histories.entry(truth).or_default().add_step(span_s, assigned);
        }
    }

    /// The measures over all steps so far.
    pub fn measures(&self) -> Siap {
        let ratio = |part: f64, whole: f64| (whole > 0.0).then(|| part / whole);
        let total = |part: fn(&History) -> f64| self.histories.values().map(part).sum::<f64>();
        Siap {
            completeness: ratio(self.tracked_truths as f64, self.truths as f64),
            ambiguity: ratio(self.assigned_tracks as f64, self.tracked_truths as f64),
            spuriousness: ratio((self.tracks - self.assigned_tracks) as f64, self.tracks as f64),
            position_accuracy_m: ratio(self.error_sum_m, self.assigned_tracks as f64),
            track_change_rate_1_s: ratio(total(|h| f64::from(h.changes)), total(|h| h.tracked_s)),
            longest_track_share: ratio(total(|h| h.longest_s), total(|h| h.present_s)),
        }
    }
}

impl History {
    fn add_step(&mut self, span_s: f64, assigned: BTreeSet<TrackId>) {
        self.present_s += span_s;
        self.running_s.retain(|track, _| assigned.contains(track));
        for track in &assigned {
            let running_s = self.running_s.entry(*track).or_default();
            *running_s += span_s;
            self.longest_s = self.longest_s.max(*running_s);
        }
        if assigned.is_empty() {
            return;
        }
        self.tracked_s += span_s;
        // Greedy cover: change only when no track has been there all along; that needs the fewest changes.
        let still: BTreeSet<TrackId> = self.covering.intersection(&assigned).copied().collect();
        if still.is_empty() {
            self.changes += u32::from(!self.covering.is_empty());
            self.covering = assigned;
        } else {
            self.covering = still;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(truth_at: &[bool], tracks_at: &[&[u64]]) -> Siap {
        let mut siap = SiapAccumulator::default();
        for (present, tracks) in truth_at.iter().zip(tracks_at) {
            let truths: &[ObjectId] = if *present { &[ObjectId(1)] } else { &[] };
            let on = |track: &u64| SiapTrack { track: TrackId(*track), truth: Some((ObjectId(1), 5.0)) };
            siap.add_step(2.0, truths, &tracks.iter().map(on).collect::<Vec<_>>());
        }
        siap.measures()
    }

    #[test]
    fn overlapping_tracks_are_ambiguous_and_change_only_when_none_stayed() {
        // 1 hands over to 2 while both are there: one change. The longest is 2, for three of five steps.
        let siap = run(&[true; 5], &[&[1], &[1], &[1, 2], &[2], &[2]]);
        assert_eq!((siap.completeness, siap.ambiguity), (Some(1.0), Some(1.2)));
        assert_eq!((siap.track_change_rate_1_s, siap.longest_track_share), (Some(0.1), Some(0.6)));
        assert_eq!((siap.spuriousness, siap.position_accuracy_m), (Some(0.0), Some(5.0)));
    }

    #[test]
    fn a_gap_breaks_the_run_but_the_same_number_is_no_change() {
        let siap = run(&[true; 5], &[&[1], &[], &[1], &[1], &[]]);
        assert_eq!((siap.completeness, siap.ambiguity), (Some(0.6), Some(1.0)));
        assert_eq!((siap.track_change_rate_1_s, siap.longest_track_share), (Some(0.0), Some(0.4)));
    }

    #[test]
    fn a_track_on_a_truth_that_is_gone_is_spurious() {
        let siap = run(&[true, false, true], &[&[1], &[1], &[1]]);
        assert_eq!((siap.completeness, siap.spuriousness), (Some(1.0), Some(1.0 / 3.0)));
        assert_eq!(siap.longest_track_share, Some(0.5));
    }

    #[test]
    fn nothing_to_divide_by_is_none() {
        assert_eq!(SiapAccumulator::default().measures(), Siap::default());
        let siap = run(&[true], &[&[]]);
        assert_eq!((siap.completeness, siap.ambiguity, siap.spuriousness), (Some(0.0), None, None));
    }
}
