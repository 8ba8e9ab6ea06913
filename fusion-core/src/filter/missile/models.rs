//! The phases of a missile's flight and the models that stand for them.

use crate::dynamics::{Boost, Coast, Reentry};
use serde::{Deserialize, Serialize};

/// The phase of flight that a model stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Powered flight.
    Boost,
    /// Free flight outside the air.
    Coast,
    /// Flight through the air.
    Reentry,
}

impl Mode {
    /// The most probable of boost, coast and re-entry; of equals the earlier phase.
    pub fn likeliest([boost, coast, reentry]: [f64; 3]) -> Mode {
        if boost >= coast && boost >= reentry {
            Mode::Boost
        } else if coast >= reentry {
            Mode::Coast
        } else {
            Mode::Reentry
        }
    }
}

/// The models of the three modes and the rates at which one turns into the next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MissileModels {
    /// Powered flight.
    pub boost: Boost,
    /// Free flight.
    pub coast: Coast,
    /// Flight through the air.
    pub reentry: Reentry,
    /// Mean time to burnout, s.
    pub mean_boost_s: f64,
    /// Rate at which a coasting object ignites again, 1/s; zero for a single stage, where a boost that is over is over.
    pub reignition_rate_1_s: f64,
    /// Mean time from where it may feel the air, on the way down or up, until it does, s; and until it ceases to.
    pub mean_coast_below_reentry_height_s: f64,
    /// Height below which the coast of what falls can turn into re-entry, m. What rises feels the air up to 80 km.
    pub reentry_height_m: f64,
    /// Prior mean of ln(Cd A / m), Cd A / m in m²/kg.
    pub log_area_mean: f64,
    /// Prior variance of ln(Cd A / m).
    pub log_area_variance: f64,
    /// Standard deviation, in each axis, of the velocity of a new object, m/s.
    pub initial_velocity_sigma_m_s: f64,
    /// Standard deviation, in each axis, of the thrust acceleration of a new object, m/s².
    pub initial_acceleration_sigma_m_s2: f64,
}

#[cfg(test)]
impl MissileModels {
    /// Models that tests of every stage can use.
    pub(crate) fn for_tests() -> Self {
        MissileModels {
            boost: Boost { density_m2_s5: 1.0 },
            coast: Coast { density_m2_s3: 1e-8 },
            reentry: Reentry { density_m2_s3: 1e-8, log_density_1_s: 1e-6 },
            mean_boost_s: 100.0,
            reignition_rate_1_s: 0.0,
            mean_coast_below_reentry_height_s: 5.0,
            reentry_height_m: 120e3,
            log_area_mean: -libm::log(5_000.0),
            log_area_variance: 0.01,
            initial_velocity_sigma_m_s: 2_700.0,
            initial_acceleration_sigma_m_s2: 30.0,
        }
    }
}
