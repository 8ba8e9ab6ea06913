//! What a tracker does with its doubts: the picture of its own sensors beside it, and who is left out of it.

use super::Setup;
use super::tracker::Tracker;
use super::trust::{Channel, News, Source, share_of_bound};
use crate::filter::Kinematic;
use crate::math::symmetric::Cholesky;
use crate::measurement::{Observation, Station};
use crate::share::Fact;
use crate::track::Track;
use crate::types::{NodeId, Scan, Time};
use nalgebra::{Matrix6, Vector3, Vector6};

/// An own track that is held against what others tell has so many plots, and the last of them no longer ago than this, s.
const LEAST_PLOTS: u32 = 10;
const SEEN_WITHIN_S: f64 = 5.0;
/// Two objects nearer than this may give one plot, m.
const COMPANY_M: f64 = 20_000.0;
/// A plot of another node's sensor that is further from an own track than so many bounds is of something else.
const NEARBY_BOUNDS: f64 = 10.0;

impl Tracker {
    /// From here on the own sensors' picture goes its own way. Up to here there was no other.
    pub fn part_from_own(&mut self, setup: &Setup) {
        if self.own.is_none() && setup.trust.is_on() {
            self.own = Some(Box::new(self.clone()));
        }
    }

    /// Holds what another node tells at `time` against the own sensors' picture.
    pub fn test_fact(&mut self, setup: &Setup, fact: &Fact, time: Time) {
        let (node, track) = fact.origin();
        let Some(mut own) = self.own.take() else { return };
        match fact {
            Fact::Tracklet(tracklet) => {
                let (information, vector, reference) =
                    (tracklet.information, tracklet.vector, tracklet.reference);
                let news = News { information, vector, reference };
                self.test_news(setup, &mut own, (node, Channel::Tracklets, track), &news, time);
            }
            Fact::Estimate(estimate) => {
                let mut filter = estimate.filter;
                filter.predict(time.seconds_since(estimate.time), &setup.models);
                let Kinematic { mean: reference, covariance } = filter.kinematic();
                // Unsound numbers are refused where they would go in.
                if let Ok(factor) = Cholesky::new(&covariance) {
                    let news = News { information: factor.inverse(), vector: Vector6::zeros(), reference };
                    let source = (node, Channel::Estimates, track);
                    if !self.test_news(setup, &mut own, source, &news, time) {
                        self.trust.note_stranger(setup, (node, track), time);
                    }
                }
            }
            Fact::Cue { .. } => {}
        }
        self.own = Some(own);
    }

    /// Whether the own sensors have a track of what is told of.
    fn test_news(
        &mut self,
        setup: &Setup,
        own: &mut Tracker,
        source: Source,
        news: &News,
        time: Time,
    ) -> bool {
        let Some(place) = self.partner(setup, own, source, news, time) else { return false };
        let track = &mut own.tracks[place];
        track.predict_to(time, &setup.models);
        let adds = source.1 != Channel::Estimates;
        self.trust.weigh(setup, source, (track.id, &track.filter.kinematic()), news, (time, adds));
        true
    }

    /// The own sensors' track that news is of: the one that it was of before, unless it now fits another better.
    fn partner(
        &self,
        setup: &Setup,
        own: &mut Tracker,
        source: Source,
        news: &News,
        time: Time,
    ) -> Option<usize> {
        let before = self.trust.window(&source).map(|window| window.own);
        let known = before.or_else(|| self.remote.get(&(source.0, source.2)).copied());
        let known =
            known.and_then(|id| own.place_of(id)).filter(|place| is_reference(&own.tracks[*place], time));
        let ratio = |track: &mut Track| {
            track.predict_to(time, &setup.models);
            let kinematic = track.filter.kinematic();
            let vector = news.vector - news.information * (kinematic.mean - news.reference);
            share_of_bound(setup, &kinematic, &news.information, &vector)
        };
        if let Some(place) = known
            && ratio(&mut own.tracks[place]) <= 1.0
        {
            return known;
        }
        let mut best = None;
        for place in 0..own.tracks.len() {
            if is_reference(&own.tracks[place], time) {
                let ratio = ratio(&mut own.tracks[place]);
                if ratio <= 1.0 && best.is_none_or(|(least, _)| ratio < least) {
                    best = Some((ratio, place));
                }
            }
        }
        best.map(|(_, place)| place).or(known)
    }

    /// Holds a scan of another node's sensor against the own sensors' picture: to each of its tracks that has no other near it, the
    /// nearest plot.
    pub fn test_scan(&mut self, setup: &Setup, scan: &Scan) {
        let Some(sensor) = setup.sensor(scan.sensor) else { return };
        let Some(mut own) = self.own.take() else { return };
        let station = Station::at_scan(sensor, scan);
        for place in 0..own.tracks.len() {
            if !is_reference(&own.tracks[place], scan.time) || has_company(&own.tracks, place) {
                continue;
            }
            let track = &mut own.tracks[place];
            track.predict_to(scan.time, &setup.models);
            let kinematic = track.filter.kinematic();
            let news = scan.plots.iter().filter_map(|plot| {
                let news = news_of(&Observation::new(&station, plot)?, &kinematic)?;
                Some((share_of_bound(setup, &kinematic, &news.information, &news.vector), news))
            });
            let nearest = news.min_by(|(one, _), (other, _)| one.total_cmp(other));
            if let Some((_, news)) = nearest.filter(|(ratio, _)| *ratio < NEARBY_BOUNDS) {
                let source = (sensor.owner, Channel::Sensor(sensor.id.0), track.id);
                self.trust.weigh(setup, source, (track.id, &kinematic), &news, (scan.time, true));
            }
        }
        self.own = Some(own);
    }

    /// Takes a node's part out of the picture as far as that can be told: what the own sensors have is as they have it, and what
    /// nobody else has told of is gone.
    pub fn expel(&mut self, node: NodeId, setup: &Setup, peer: NodeId) {
        self.remote.retain(|(author, _), _| *author != peer);
        let Some(own) = self.own.take() else { return };
        let is_others = |sensor: u64| {
            let owner = setup.sensors.get(sensor as usize).map(|sensor| sensor.owner);
            owner.is_some_and(|owner| owner != peer && owner != node)
        };
        self.tracks.retain(|track| {
            own.place_of(track.id).is_none()
                && (track.pedigree.iter().any(|((author, _), _)| *author != peer)
                    || track.recent.iter().any(|plot| is_others(plot >> 48)))
        });
        own.tracks.iter().for_each(|track| self.insert(track.clone()));
        self.own = Some(own);
    }
}

/// Whether the own sensors know a track well enough to hold others against it.
fn is_reference(track: &Track, time: Time) -> bool {
    track.is_confirmed()
        && track.score.plots() >= LEAST_PLOTS
        && time.seconds_since(track.last_seen) <= SEEN_WITHIN_S
}

/// Whether another confirmed track is near.
fn has_company(tracks: &[Track], place: usize) -> bool {
    let position_m =
        |track: &Track| -> Vector3<f64> { track.filter.kinematic().mean.fixed_rows::<3>(0).into() };
    let here_m = position_m(&tracks[place]);
    let is_near = |(other, track): (usize, &Track)| {
        other != place && track.is_confirmed() && (position_m(track) - here_m).norm() < COMPANY_M
    };
    tracks.iter().enumerate().any(is_near)
}

/// A plot as news, linearised at an own track; none where that does not lie in front of the sensor.
fn news_of(plot: &Observation, own: &Kinematic) -> Option<News> {
    let (position_m, velocity_m_s): (Vector3<f64>, Vector3<f64>) =
        (own.mean.fixed_rows::<3>(0).into(), own.mean.fixed_rows::<3>(3).into());
    let (mut information, mut vector) = (Matrix6::zeros(), Vector6::zeros());
    for row in plot.rows(&position_m, &velocity_m_s)? {
        information += row.gradient * row.gradient.transpose() / row.variance;
        vector += row.gradient * (row.residual / row.variance);
    }
    Some(News { information, vector, reference: own.mean })
}
