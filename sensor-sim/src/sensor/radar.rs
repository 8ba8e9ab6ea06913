//! A radar's look: echoes, resolution cells, detection, noise, biases.

use super::Target;
use crate::chance::{Purpose, Seed, Stream};
use crate::mount::{Cued, Mount};
use crate::refraction::refracted;
use fusion_core::math::union_find::UnionFind;
use fusion_core::measurement::{Station, variance_factor};
use fusion_core::types::{LineOfSight, ObjectId, Plot, RadarModel, Resolution, height_and_up};
use nalgebra::Vector3;
use std::f64::consts::{FRAC_PI_2, TAU};

/// What comes back of one object, or of several that the radar cannot tell apart.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Echo {
    /// The objects in it, the first first.
    pub objects: Vec<ObjectId>,
    /// Chooses its draws: those of its first object.
    draws: u32,
    /// Where it seems to come from: the mean over the objects by their power, from the radar, m.
    offset_m: Vector3<f64>,
    /// Its velocity, the same way, m/s.
    velocity_m_s: Vector3<f64>,
    /// Mean power over the noise, by the radar's own law; none where it has none.
    mean_ratio: Option<f64>,
}

/// The echoes of what the radar looks at. `station` is where it truly is, with the air that there truly is.
pub(super) fn echoes<'a>(
    station: &Station<'_>,
    model: &RadarModel,
    mount: &Mount,
    targets: impl Iterator<Item = &'a Target>,
) -> Vec<Echo> {
    let covered = targets.filter(|target| !target.is_under_water && station.covers(&target.position_m));
    let single: Vec<Echo> = covered
        .map(|target| {
            let offset_m = target.position_m - station.position_m;
            let mean_ratio = model.signal.map(|signal| {
                signal.mean_ratio(offset_m.norm()) * target.cross_section_m2 / mount.nominal_cross_section_m2
            });
            Echo {
                objects: vec![target.id],
                draws: target.draws,
                offset_m,
                velocity_m_s: target.velocity_m_s,
                mean_ratio,
            }
        })
        .collect();
    match model.resolution {
        Some(resolution) => merged(single, resolution),
        None => single,
    }
}

/// Echoes that lie in one resolution cell, directly or by way of others, become one.
fn merged(single: Vec<Echo>, resolution: Resolution) -> Vec<Echo> {
    let mut groups = UnionFind::new(single.len());
    for (first, a) in single.iter().enumerate() {
        for (second, b) in single.iter().enumerate().skip(first + 1) {
            let (near_m, far_m) = (a.offset_m.norm(), b.offset_m.norm());
            let across_rad = libm::atan2(a.offset_m.cross(&b.offset_m).norm(), a.offset_m.dot(&b.offset_m));
            if (near_m - far_m).abs() < resolution.range_m && across_rad < resolution.across_rad {
                groups.union(first, second);
            }
        }
    }
    let mut echoes: Vec<(usize, Echo)> = Vec::with_capacity(single.len());
    for (index, echo) in single.into_iter().enumerate() {
        let root = groups.find(index);
        match echoes.iter_mut().find(|(known, _)| *known == root) {
            None => echoes.push((root, echo)),
            Some((_, whole)) => whole.add(echo),
        }
    }
    echoes.into_iter().map(|(_, echo)| echo).collect()
}

impl Echo {
    /// Adds another object's echo: powers add, places and velocities weigh by power.
    fn add(&mut self, other: Echo) {
        // Without a law of the echo every object weighs the same.
        let weight = |echo: &Echo| echo.mean_ratio.unwrap_or(echo.objects.len() as f64);
        let share = weight(&other) / (weight(self) + weight(&other));
        self.offset_m += (other.offset_m - self.offset_m) * share;
        self.velocity_m_s += (other.velocity_m_s - self.velocity_m_s) * share;
        self.mean_ratio = self.mean_ratio.zip(other.mean_ratio).map(|(a, b)| a + b);
        self.objects.extend(other.objects);
    }

    /// Unit vector towards it.
    pub fn direction(&self) -> Vector3<f64> {
        self.offset_m.normalize()
    }

    /// The plot that it gives in a look, if it is detected; `cued` where the radar is told to look at it.
    ///
    /// One draw decides on both the detection and the strength of the echo: it passes the threshold when
    /// −(1 + ratio) ln u does, which has the probability of Swerling 1, and what passes is the measured power. So a
    /// higher probability sees all that a lower one sees, with the same error.
    pub fn plot(
        &self,
        station: &Station<'_>,
        model: &RadarModel,
        (mount, cued): (&Mount, Option<&Cued>),
        (slot, seed): (u32, Seed),
    ) -> Option<Plot> {
        let mut stream = seed.stream(Purpose::Detection, station.sensor.id.0, slot, self.draws);
        let draw = stream.uniform();
        let greatest = cued.map_or(station.sensor.detection_probability, |cued| cued.detection_probability);
        let gained = |ratio: f64| ratio * cued.map_or(1.0, |cued| cued.dwell_gain);
        let (probability, measured_ratio) = match model.signal.zip(self.mean_ratio.map(gained)) {
            None => (greatest, None),
            Some((signal, ratio)) => {
                let power = -(1.0 + ratio) * libm::log(draw.max(f64::MIN_POSITIVE));
                (signal.detection_probability(ratio).min(greatest), Some((power - 1.0).max(1e-3)))
            }
        };
        if draw >= probability {
            return None;
        }
        self.measure(station, model, mount, measured_ratio, &mut stream)
    }

    /// Noise along, right of and above the line of sight; azimuth and elevation follow from the displaced direction, so
    /// that the zenith needs no special case. A range that noise would carry below a metre is a metre.
    fn measure(
        &self,
        station: &Station<'_>,
        model: &RadarModel,
        mount: &Mount,
        signal_to_noise: Option<f64>,
        stream: &mut Stream,
    ) -> Option<Plot> {
        let enu_m = station.ecef_from_enu.tr_mul(&self.offset_m);
        let (true_range_m, horizontal_m) = (enu_m.norm(), libm::hypot(enu_m.x, enu_m.y));
        let (height_m, _) = height_and_up(&station.position_m);
        let true_elevation_rad = libm::atan2(enu_m.z, horizontal_m);
        let (range_m, elevation_rad) = if mount.refractivity > 0.0 {
            refracted(height_m, mount.refractivity, true_range_m, true_elevation_rad)?
        } else {
            (true_range_m, true_elevation_rad)
        };
        // Bent upwards by as much as the ray's beginning is.
        let (sine, cosine) = libm::sincos(elevation_rad);
        let flat = if horizontal_m > 0.0 { cosine / horizontal_m } else { 0.0 };
        let apparent = Vector3::new(enu_m.x * flat, enu_m.y * flat, sine);
        let frame = LineOfSight::new(Vector3::zeros(), &apparent, &Vector3::z())?;
        let [right, up] = stream.normal_pair();
        let factor = variance_factor(model, signal_to_noise).sqrt();
        let range_m = range_m + model.range_sigma_m * factor * stream.normal() + mount.bias.range_m;
        let direction = frame.along
            + frame.right * (model.right_sigma_rad * factor * right)
            + frame.up * (model.up_sigma_rad * factor * up);
        let azimuth_rad = libm::atan2(direction.x, direction.y) + mount.bias.azimuth_rad;
        let elevation_rad = libm::atan2(direction.z, libm::hypot(direction.x, direction.y));
        let rate_m_s = self.direction().dot(&self.velocity_m_s);
        Some(Plot::Radar {
            range_m: range_m.max(1.0),
            azimuth_rad: in_full_turn(azimuth_rad),
            elevation_rad: (elevation_rad + mount.bias.elevation_rad).clamp(-FRAC_PI_2, FRAC_PI_2),
            range_rate_m_s: model
                .range_rate_sigma_m_s
                .map(|sigma| rate_m_s + sigma * factor * stream.normal()),
            signal_to_noise,
        })
    }
}

/// An angle as [`Plot`] wants it: in [0, 2π).
pub(crate) fn in_full_turn(angle_rad: f64) -> f64 {
    let turned_rad = libm::fmod(angle_rad, TAU);
    let positive_rad = if turned_rad < 0.0 { turned_rad + TAU } else { turned_rad };
    // A tiny negative angle plus a full turn rounds to the full turn.
    if positive_rad >= TAU { 0.0 } else { positive_rad }
}

#[cfg(test)]
mod tests {
    use super::in_full_turn;
    use std::f64::consts::{PI, TAU};

    #[test]
    fn angles_end_up_in_one_turn_that_does_not_hold_its_end() {
        // The first plus a full turn rounds to the full turn, which is not an azimuth.
        for (angle_rad, expected_rad) in [(-1e-17, 0.0), (TAU, 0.0), (-TAU, 0.0), (-PI, PI), (7.0, 7.0 - TAU)]
        {
            let turned_rad = in_full_turn(angle_rad);
            assert!((turned_rad - expected_rad).abs() < 1e-15, "{angle_rad}: {turned_rad}");
            assert!((0.0..TAU).contains(&turned_rad), "{angle_rad}: {turned_rad}");
        }
    }
}
