//! Where a track comes down is flown anew only where there is news, and holds until then.

use super::TrackerConfig;
use super::falls::Flights;
use super::object_tests::{AT_S, track, whole};
use super::same::Neighbours;
use super::scenario_tests::{START, setup};
use super::setup::Setup;
use super::tracker::Tracker;
use crate::track::Evidence;
use crate::types::{Time, TrackId};
use crate::warning::{Impact, fly_to_ground};
use std::sync::Arc;

const TRACK: TrackId = TrackId(1);

struct Sky {
    setup: Arc<Setup>,
    tracker: Tracker,
    flights: Flights,
    seconds: f64,
}

impl Sky {
    fn new() -> Self {
        let setup = setup(0.0, TrackerConfig::default());
        let mut tracker = Tracker::default();
        let mut first = track(&setup, TRACK.0, &whole());
        first.evidence = Evidence::told();
        tracker.insert(first);
        Sky { setup, tracker, flights: Flights::default(), seconds: AT_S }
    }

    /// A second on: from when it falls, and where that leads.
    fn tick(&mut self) -> (Time, Impact) {
        self.seconds += 1.0;
        self.tracker.tick(&self.setup, self.now(), &mut Neighbours::default());
        let fall = self.tracker.falls.get(&TRACK).copied().expect("it falls");
        let flight = self.flights.of(&self.setup, (&self.tracker.tracks[0], Some(&fall)), &[]);
        (fall.time, flight.and_then(|flight| flight.impact.clone()).expect("it comes down"))
    }

    fn now(&self) -> Time {
        START.plus_seconds(self.seconds)
    }

    fn anew(&self) -> Impact {
        let state = self.tracker.tracks[0].filter.falling(&self.setup.models);
        fly_to_ground(&state, self.now(), |_| {}).expect("it comes down")
    }
}

#[test]
fn what_nobody_sees_falls_on_and_that_is_where_it_would_be_flown_to_anew() {
    let mut sky = Sky::new();
    let (mut since, mut impact) = sky.tick();
    assert_eq!(since, sky.now());
    for count in 1..40 {
        let (next_since, next) = sky.tick();
        if count % 5 == 0 {
            assert_eq!(next_since, sky.now(), "no fall stands for longer than five seconds");
        } else {
            assert_eq!((next_since, &next), (since, &impact), "{count}");
        }
        let anew = sky.anew();
        assert!(next.offset_to_m(anew.place).norm() < 1.0, "{count}: {}", next.offset_to_m(anew.place));
        assert!(next.time.seconds_since(anew.time).abs() < 1e-3);
        let ratio = next.ellipse_95().major_m / anew.ellipse_95().major_m;
        assert!((ratio - 1.0).abs() < 1e-3, "{count}: {ratio}");
        (since, impact) = (next_since, next);
    }
}

#[test]
fn news_of_any_kind_lets_it_fall_anew() {
    let mut sky = Sky::new();
    sky.tick();
    let (since, before) = sky.tick();
    assert!(since < sky.now());
    // As an observation, a message or an exchange of identities does: the estimate is another one.
    sky.tracker.tracks[0].filter.coast.mean[3] += 1.0;
    let (since, after) = sky.tick();
    assert_eq!(since, sky.now());
    assert!(after.offset_to_m(before.place).norm() > 10.0);
    // Nothing but what is known better. The drag is known no better, and has its part in the ellipse.
    sky.tracker.tracks[0].filter.coast.covariance *= 0.25;
    let (since, sharper) = sky.tick();
    assert_eq!(since, sky.now());
    assert!(sharper.ellipse_95().major_m < 0.9 * after.ellipse_95().major_m);
    assert!(sharper.ellipse_95().minor_m < 0.9 * after.ellipse_95().minor_m);
}

#[test]
fn what_may_burn_or_feels_the_air_is_flown_at_every_tick() {
    for mode in [0, 2] {
        let mut sky = Sky::new();
        sky.tick();
        let filter = &mut sky.tracker.tracks[0].filter;
        filter.probabilities[1] -= 0.01;
        filter.probabilities[mode] += 0.01;
        for _ in 0..3 {
            let (since, _) = sky.tick();
            assert_eq!(since, sky.now(), "mode {mode}");
        }
    }
}
