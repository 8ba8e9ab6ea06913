//! What an object is: a missile, what falls off one, an aircraft, or nothing at all.

use crate::filter::{Gaussian, Kinematic, MissileFilter, MissileModels, Mode};
use crate::types::{TrackId, height_and_up};
use nalgebra::Vector3;
use serde::{Deserialize, Serialize};

/// What an object may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// A missile under thrust.
    BoostingMissile,
    /// A missile in free flight.
    CoastingMissile,
    /// A missile in the air without thrust.
    ReenteringMissile,
    /// What fell off a missile: a stage, a piece.
    SpentStage,
    /// Something that flies with wings.
    Aircraft,
    /// False plots that happened to look like a track.
    Clutter,
}

/// Probabilities of what a track is; they sum to one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassProbabilities {
    /// Missile in boost, coast and the air without thrust.
    pub missile: [f64; 3],
    /// Spent stage, or another piece of a missile.
    pub spent_stage: f64,
    /// Aircraft.
    pub aircraft: f64,
    /// False plots.
    pub clutter: f64,
}

/// What speaks for or against an object being an aircraft or a piece, over all of its life.
///
/// The envelope of aircraft, not their manoeuvres: a track is held against a ceiling, a speed and a rate of climb. It does not
/// tell rockets to orbit from missiles.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// Logarithm of the likelihood ratio of the plumes that went in, a burning object against false plots.
    plumes: f64,
    /// Logarithm of the least probability, so far, that its state was one that an aircraft can have.
    inside: f64,
    /// The track that it came off, and how much likelier that one is what was launched: a logarithm.
    separated: Option<(TrackId, f64)>,
}

/// Share of aircraft among what radars track before anything else is known: traffic is dense and launches are rare.
const AIRCRAFT_PRIOR: f64 = 0.99;
/// Higher than any ordinary aircraft flies, m, faster, m/s, and with a greater rate of climb or descent, m/s.
const AIRCRAFT_CEILING_M: f64 = 30_000.0;
const AIRCRAFT_SPEED_M_S: f64 = 1_000.0;
const AIRCRAFT_CLIMB_M_S: f64 = 350.0;
/// Evidence is not let grow beyond this: some other explanation is always as likely.
const GREATEST_LOG: f64 = 25.0;
/// Ballistic coefficients of spent stages: the median, kg/m², and the deviation of the logarithm. Empty and broad, they fall
/// slower than what they carried; an assumption, in the middle of what is published of re-entering stages.
const STAGE_COEFFICIENT: (f64, f64) = (900.0, 0.5);
/// From this probability on, an object that is no aircraft and no clutter may raise a warning.
const LAUNCHED_ABOVE: f64 = 0.9;

impl Evidence {
    /// Of an object that was seen once: nothing is known.
    pub fn none() -> Self {
        Evidence { plumes: 0.0, inside: 0.0, separated: None }
    }

    /// Of an object that another node has found to be a missile.
    pub fn told() -> Self {
        Evidence { plumes: 0.0, inside: -GREATEST_LOG, separated: None }
    }

    /// A plume went in; `log_ratio` as for [`super::Score::hit`].
    pub fn plume(&mut self, log_ratio: f64) {
        self.plumes = (self.plumes + log_ratio).clamp(-GREATEST_LOG, GREATEST_LOG);
    }

    /// Holds the state against what aircraft can do. Gives whether that has shown it to be none, which it was not before.
    pub fn judge(&mut self, kinematic: &Kinematic) -> bool {
        let was_launched = self.is_launched();
        self.inside = self.inside.min(log_inside_envelope(kinematic)).max(-GREATEST_LOG);
        self.is_launched() && !was_launched
    }

    /// The object came off another one, which is `log_odds` likelier what was launched.
    pub fn separate(&mut self, from: TrackId, log_odds: f64) {
        self.separated = Some((from, log_odds));
    }

    /// The track that it came off, if it did.
    pub fn separated_from(&self) -> Option<TrackId> {
        self.separated.map(|(from, _)| from)
    }

    /// Takes in what is known of another track of the same object.
    pub fn join(&mut self, other: &Evidence) {
        self.plume(other.plumes);
        self.inside = self.inside.min(other.inside);
        self.separated = self.separated.and(other.separated);
    }

    /// Probability that it is an aircraft, given that it is something.
    pub fn aircraft(&self) -> f64 {
        let log_odds = libm::log(AIRCRAFT_PRIOR / (1.0 - AIRCRAFT_PRIOR)) + self.inside - self.plumes;
        1.0 / (1.0 + libm::exp(-log_odds))
    }

    /// Whether it was launched, beyond reasonable doubt: it is no aircraft. Only what was launched may raise a warning.
    pub fn is_launched(&self) -> bool {
        1.0 - self.aircraft() > LAUNCHED_ABOVE
    }

    /// How much likelier the object is a piece than what was launched, as a logarithm: by how it came to be, and by how it
    /// is slowed by the air.
    pub fn log_odds_of_stage(&self, filter: &MissileFilter, models: &MissileModels) -> f64 {
        let of_air =
            if filter.likeliest() == Mode::Reentry { log_slower(&filter.reentry, models) } else { 0.0 };
        self.separated.map_or(0.0, |(_, log_odds)| log_odds) + of_air
    }
}

/// Probabilities of what a track is.
///
/// `log_ratio` is its score ([`super::Score::log_ratio`]), `modes` its mode probabilities, `payload` the probability that it is
/// what was launched and not a piece of it, given that it is one of them.
pub fn classify(evidence: &Evidence, log_ratio: f64, modes: [f64; 3], payload: f64) -> ClassProbabilities {
    let clutter = 1.0 / (1.0 + libm::exp(log_ratio));
    let aircraft = (1.0 - clutter) * evidence.aircraft();
    let launched = 1.0 - clutter - aircraft;
    ClassProbabilities {
        missile: modes.map(|mode| mode * launched * payload),
        spent_stage: launched * (1.0 - payload),
        aircraft,
        clutter,
    }
}

impl ClassProbabilities {
    /// Probability that it is a missile.
    pub fn is_missile(&self) -> f64 {
        self.missile.iter().sum()
    }

    /// The most probable class; of equals the first in the order of [`Class`].
    pub fn likeliest(&self) -> Class {
        let [boost, coast, air] = self.missile;
        let others = [
            (boost, Class::BoostingMissile),
            (coast, Class::CoastingMissile),
            (air, Class::ReenteringMissile),
            (self.spent_stage, Class::SpentStage),
            (self.aircraft, Class::Aircraft),
            (self.clutter, Class::Clutter),
        ];
        let better = |best: (f64, Class), other: (f64, Class)| if other.0 > best.0 { other } else { best };
        others.into_iter().fold((f64::NEG_INFINITY, Class::Clutter), better).1
    }
}

/// Logarithm of the probability that a state is one that an aircraft can have: the least over its three limits.
fn log_inside_envelope(kinematic: &Kinematic) -> f64 {
    let (height_m, up) = height_and_up(&kinematic.mean.fixed_rows::<3>(0).into());
    let deviation = |first: usize, axis: &Vector3<f64>| {
        let part = kinematic.covariance.fixed_view::<3, 3>(first, first);
        axis.dot(&(part * axis)).max(f64::MIN_POSITIVE).sqrt()
    };
    let velocity_m_s: Vector3<f64> = kinematic.mean.fixed_rows::<3>(3).into();
    let speed_m_s = velocity_m_s.norm();
    let ahead = velocity_m_s / speed_m_s.max(f64::MIN_POSITIVE);
    // The normal distribution function.
    let below = |limit: f64, value: f64, sigma: f64| {
        0.5 * libm::erfc((value - limit) / (sigma * std::f64::consts::SQRT_2))
    };
    let inside = below(AIRCRAFT_CEILING_M, height_m, deviation(0, &up))
        .min(below(AIRCRAFT_SPEED_M_S, speed_m_s, deviation(3, &ahead)))
        .min(below(AIRCRAFT_CLIMB_M_S, up.dot(&velocity_m_s).abs(), deviation(3, &up)));
    libm::log(inside.max(f64::MIN_POSITIVE))
}

/// How much likelier the drag is a spent stage's than a missile's, as a logarithm.
///
/// The prior of the missile is taken out of what the filter knows, and what is left, what the air itself has told, is held
/// against both priors.
fn log_slower(reentry: &Gaussian<7>, models: &MissileModels) -> f64 {
    let (prior, prior_variance) = (models.log_area_mean, models.log_area_variance);
    let (mean, variance) = (reentry.mean[6], reentry.covariance[(6, 6)]);
    let information = 1.0 / variance - 1.0 / prior_variance;
    if information <= 0.0 || !information.is_finite() {
        return 0.0;
    }
    let told = (mean / variance - prior / prior_variance) / information;
    let log_density = |centre: f64, variance: f64| {
        let variance = variance + 1.0 / information;
        -0.5 * ((told - centre) * (told - centre) / variance + libm::log(variance))
    };
    let (median_kg_m2, sigma) = STAGE_COEFFICIENT;
    let of_stage = log_density(-libm::log(median_kg_m2), sigma * sigma);
    (of_stage - log_density(prior, prior_variance)).clamp(-GREATEST_LOG, GREATEST_LOG)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{Geodetic, ecef_from_enu, ecef_from_geodetic};
    use nalgebra::{Matrix6, SMatrix, SVector, Vector6};

    fn object(height_m: f64, velocity_m_s: [f64; 2], sigmas: (f64, f64)) -> Kinematic {
        let place = Geodetic::from_degrees(38.0, 128.0, height_m);
        let position_m = ecef_from_geodetic(place);
        let [level_m_s, climb_m_s] = velocity_m_s;
        let velocity_m_s = ecef_from_enu(place) * Vector3::new(0.6 * level_m_s, 0.8 * level_m_s, climb_m_s);
        let variances =
            [sigmas.0, sigmas.0, sigmas.0, sigmas.1, sigmas.1, sigmas.1].map(|sigma| sigma * sigma);
        Kinematic {
            mean: Vector6::from_iterator(position_m.iter().chain(velocity_m_s.iter()).copied()),
            covariance: Matrix6::from_diagonal(&Vector6::from(variances)),
        }
    }

    #[test]
    fn airliners_and_fighters_are_aircraft_and_what_is_only_badly_known_was_not_launched() {
        for (height_m, velocity_m_s, sigmas, plumes, expected) in [
            (11_000.0, [250.0, 0.0], (100.0, 10.0), 0.0, false),
            (18_000.0, [700.0, 60.0], (300.0, 50.0), 0.0, false),
            (40_000.0, [700.0, 0.0], (300.0, 50.0), 0.0, true),
            (40_000.0, [700.0, 0.0], (5_000.0, 200.0), 0.0, false),
            (15_000.0, [1_200.0, 0.0], (300.0, 50.0), 0.0, true),
            (15_000.0, [1_200.0, 0.0], (300.0, 90.0), 0.0, false),
            (12_000.0, [600.0, -600.0], (300.0, 50.0), 0.0, true),
            // One plume that fits as well as it can says more than the traffic; one that might be anything does not.
            (15_000.0, [0.0, 0.0], (300.0, 2_700.0), 13.0, true),
            (15_000.0, [0.0, 0.0], (300.0, 2_700.0), 3.0, false),
        ] {
            let mut evidence = Evidence::none();
            evidence.plume(plumes);
            evidence.judge(&object(height_m, velocity_m_s, sigmas));
            assert_eq!(evidence.is_launched(), expected, "{height_m} m, {velocity_m_s:?} m/s, {plumes}");
        }
    }

    #[test]
    fn what_was_once_beyond_an_aircraft_stays_a_missile_when_it_comes_down() {
        let mut evidence = Evidence::none();
        evidence.judge(&object(90_000.0, [2_000.0, 0.0], (300.0, 10.0)));
        evidence.judge(&object(10_000.0, [300.0, -200.0], (300.0, 10.0)));
        let class = classify(&evidence, 20.0, [0.0, 0.1, 0.9], 1.0);
        assert_eq!(class.likeliest(), Class::ReenteringMissile);
        assert!(class.is_missile() > 0.99);
    }

    #[test]
    fn probabilities_sum_to_one_and_a_score_of_nothing_is_clutter_or_not() {
        let mut evidence = Evidence::none();
        for (log_ratio, payload) in [(0.0, 1.0), (-6.0, 0.3), (25.0, 0.0)] {
            let class = classify(&evidence, log_ratio, [0.2, 0.5, 0.3], payload);
            let total = class.is_missile() + class.spent_stage + class.aircraft + class.clutter;
            assert!((total - 1.0).abs() < 1e-12);
            evidence.plume(5.0);
        }
        assert_eq!(classify(&Evidence::none(), 0.0, [1.0, 0.0, 0.0], 1.0).clutter, 0.5);
        assert_eq!(classify(&Evidence::none(), 20.0, [1.0, 0.0, 0.0], 1.0).likeliest(), Class::Aircraft);
        assert_eq!(classify(&Evidence::told(), 20.0, [0.0, 1.0, 0.0], 0.1).likeliest(), Class::SpentStage);
    }

    #[test]
    fn the_air_tells_a_stage_from_a_missile_only_once_it_has_spoken() {
        let models = MissileModels::for_tests();
        let of = |coefficient: f64, variance: f64| {
            let mut state = Gaussian { mean: SVector::<f64, 7>::zeros(), covariance: SMatrix::identity() };
            state.mean[6] = -libm::log(coefficient);
            state.covariance[(6, 6)] = variance;
            log_slower(&state, &models)
        };
        assert_eq!(of(5_000.0, models.log_area_variance), 0.0, "nothing but the prior");
        assert!(of(5_000.0, 1e-4) < -1.5, "{}", of(5_000.0, 1e-4));
        // Pulled from the prior by far more than it allows.
        assert!(of(3_000.0, 1e-3) > 5.0, "{}", of(3_000.0, 1e-3));
    }
}
