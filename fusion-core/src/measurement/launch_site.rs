//! Where a launch is expected: what a cue says, or a list of known places.

use crate::types::{Geodetic, Plot, Time, ecef_from_geodetic, height_and_up};
use nalgebra::{Matrix3, Vector3};

/// A place on the ground from which something may be launched, and when.
///
/// Not an observation: it says nothing of an object that nobody has seen. It is a prior of the place where one is seen
/// first ([`LaunchSite::above`]).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LaunchSite {
    /// Earth-centred Earth-fixed, m.
    pub position_m: Vector3<f64>,
    /// Standard deviation in each horizontal axis, m.
    pub sigma_m: f64,
    /// The launch is expected no earlier than this.
    pub from: Time,
    /// And no later than this.
    pub until: Time,
}

impl LaunchSite {
    /// What a cue says, on the ellipsoid; none for a plot of another kind or with numbers that no cue can have.
    pub fn of_cue(plot: &Plot) -> Option<Self> {
        let &Plot::Cue { latitude_rad, longitude_rad, sigma_m, from, until } = plot else { return None };
        let place = Geodetic { latitude_rad, longitude_rad, height_m: 0.0 };
        plot.is_valid().then(|| LaunchSite { position_m: ecef_from_geodetic(place), sigma_m, from, until })
    }

    /// Whether something first seen at `first_seen`, no more than `flown_s` after its launch, may come from here.
    pub fn expects(&self, first_seen: Time, flown_s: f64) -> bool {
        self.from <= first_seen && first_seen <= self.until.plus_seconds(flown_s.max(0.0))
    }

    /// Where something launched here is at a height above it (mean and standard deviation, m): Earth-fixed position, m,
    /// and covariance, m².
    ///
    /// `drift_sigma_m` is how far, in each horizontal axis, it may have gone by then. Not for heights of hundreds of
    /// kilometres, to which nothing rises straight up.
    pub fn above(
        &self,
        (height_m, height_sigma_m): (f64, f64),
        drift_sigma_m: f64,
    ) -> (Vector3<f64>, Matrix3<f64>) {
        let (_, up) = height_and_up(&self.position_m);
        let vertical = up * up.transpose();
        let horizontal_m2 = self.sigma_m * self.sigma_m + drift_sigma_m * drift_sigma_m;
        let covariance_m2 =
            (Matrix3::identity() - vertical) * horizontal_m2 + vertical * (height_sigma_m * height_sigma_m);
        (self.position_m + up * height_m, covariance_m2)
    }
}
