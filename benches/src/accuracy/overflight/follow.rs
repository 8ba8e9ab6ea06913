//! Follows one flight with one filter.

use super::{Case, JUDGED};
use crate::accuracy::AccuracyError;
use fusion_core::assess::nees;
use fusion_core::dynamics::LONGEST_STEP_S;
use fusion_core::filter::{MissileFilter, MissileModels};
use fusion_core::measurement::{Observation, Station, clutter_density};
use fusion_core::track::{detection_probability, start};
use fusion_core::types::{Scan, Time};
use fusion_core::warning::{CHI_SQUARE_95_TWO, fly_to_ground};
use nalgebra::Vector6;
use sensor_sim::TruthObject;

/// One filter at one of the judged times.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sample {
    /// Probability that it still burns.
    pub boost_probability: f64,
    /// Of the predicted impact, m².
    pub squared_error_m2: f64,
    /// Whether the true impact lies in the 95 % ellipse.
    pub is_in_ellipse: bool,
    /// Estimated age of the burnout minus the true one, s.
    pub burnout_error_s: f64,
    /// Its claimed variance, s².
    pub burnout_variance_s2: f64,
}

/// One filter over one run: at the judged times, and its NEES averaged over each phase.
pub struct Followed {
    /// At the judged times.
    pub samples: Vec<Sample>,
    /// NEES averaged over boost, coast and re-entry.
    pub phases: [f64; 3],
    /// The filter at the beginning of each phase.
    pub begins: [Option<MissileFilter>; 3],
}

/// A filter on its way, and whether it is told of the burnout.
struct Follower<'a> {
    models: &'a MissileModels,
    filter: MissileFilter,
    now: Time,
    /// When it burns out, as long as that is still to come; none for a filter that must find out.
    told: Option<Time>,
}

impl Follower<'_> {
    fn predict_to(&mut self, to: Time) {
        if let Some(burnout) = self.told {
            let until = to.min(burnout);
            let span_s = until.seconds_since(self.now);
            self.filter.boost.predict(&self.models.boost, span_s, LONGEST_STEP_S);
            self.now = until;
            if to < burnout {
                return;
            }
            self.filter.coast = self.filter.boost.leading::<6>();
            self.filter.probabilities = [0.0, 1.0, 0.0];
            self.told = None;
        }
        self.filter.predict(to.seconds_since(self.now), self.models);
        self.now = to;
    }

    fn look(&mut self, station: &Station<'_>, observation: Option<Observation>) {
        match observation {
            Some(observation) => {
                self.filter.update(&observation, clutter_density(station, &observation));
            }
            None => {
                let probability = detection_probability(station, &self.filter.positions());
                self.filter.miss(probability, station.sensor.sees_plumes_only());
            }
        }
        if self.told.is_some() {
            self.filter.probabilities = [1.0, 0.0, 0.0];
        }
    }

    fn sample(&self, object: &TruthObject, after_s: f64) -> Option<Sample> {
        let impact = fly_to_ground(&self.filter.falling(self.models), self.now, |_| {})?;
        let place = object.trajectory.impact();
        Some(Sample {
            boost_probability: self.filter.probabilities[0],
            squared_error_m2: impact.offset_to_m(place).norm_squared(),
            is_in_ellipse: impact.mahalanobis_squared(place)? <= CHI_SQUARE_95_TWO,
            burnout_error_s: self.filter.burnout.ago_s - after_s,
            burnout_variance_s2: self.filter.burnout.variance_s2,
        })
    }
}

/// Follows one flight to `until_s` after launch, looking at the filter every second.
pub fn follow(
    case: &Case,
    models: &MissileModels,
    (scans, object): (&[Scan], &TruthObject),
    is_told: bool,
    until_s: f64,
) -> Result<Followed, AccuracyError> {
    let mut follower: Option<Follower<'_>> = None;
    let mut followed = Followed { samples: Vec::new(), phases: [0.0; 3], begins: [None; 3] };
    let (mut second, mut counts) = (0_u32, [0.0; 3]);
    for scan in scans {
        let at = |second: u32| object.launch_time.plus_seconds(f64::from(second));
        while at(second) < scan.time && f64::from(second) <= until_s {
            if let Some(follower) = &mut follower {
                follower.predict_to(at(second));
                note(case, follower, object, f64::from(second), (&mut followed, &mut counts))?;
            }
            second += 1;
        }
        let Some(sensor) = case.setup.sensor(scan.sensor) else { continue };
        let station = Station::at_scan(sensor, scan);
        let observation = scan.plots.first().and_then(|plot| Observation::new(&station, plot));
        match (&mut follower, observation) {
            (Some(follower), observation) => {
                follower.predict_to(scan.time);
                follower.look(&station, observation);
            }
            (None, Some(first)) => {
                let filter = start(&first, models).ok_or("no track begins on the first plot")?;
                let told = is_told.then(|| object.launch_time.plus_seconds(case.burnout_s));
                follower = Some(Follower { models, filter, now: scan.time, told });
            }
            (None, None) => {}
        }
        if f64::from(second) > until_s {
            break;
        }
    }
    for (sum, count) in followed.phases.iter_mut().zip(counts) {
        *sum /= count;
    }
    Ok(followed)
}

/// Takes a second of the flight down.
fn note(
    case: &Case,
    follower: &Follower<'_>,
    object: &TruthObject,
    at_s: f64,
    (followed, counts): (&mut Followed, &mut [f64; 3]),
) -> Result<(), AccuracyError> {
    let after_s = at_s - case.burnout_s;
    if JUDGED.iter().any(|(judged_s, ..)| *judged_s == after_s) {
        followed.samples.push(follower.sample(object, after_s).ok_or("no impact")?);
    }
    let Some(phase) = case.phase_of(at_s) else { return Ok(()) };
    let Some(truth) = object.trajectory.state_at(at_s) else { return Ok(()) };
    let truth = Vector6::from_iterator(truth.position_m.iter().chain(truth.velocity_m_s.iter()).copied());
    let kinematic = follower.filter.kinematic();
    followed.phases[phase] += nees(&(truth - kinematic.mean), &kinematic.covariance)?;
    counts[phase] += 1.0;
    followed.begins[phase].get_or_insert(follower.filter);
    Ok(())
}
