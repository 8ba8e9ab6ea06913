//! What a sensor reports of a look: detections with noise, and false plots.
//!
//! ```text
//! targets ─► echoes in the coverage, by resolution cell ─► detected? ─► refraction, noise, bias ─► plots + clutter
//! ```
//!
//! The model that nodes know is [`fusion_core::types::Sensor`]; what the sensor really is, is [`crate::mount::Mount`].

mod clutter;
mod pointing;
mod radar;
mod schedule;

pub use clutter::add as add_false_plots;
pub use pointing::Pointing;
pub(crate) use radar::in_full_turn;
pub use schedule::{Looker, SensorFault, Site, looks, number_of_slots};

use crate::chance::{Purpose, Seed, Stream};
use crate::mount::{Cued, Mount};
use fusion_core::measurement::Station;
use fusion_core::types::{InfraredModel, ObjectId, Plot, SensorKind, SonarModel};
use nalgebra::Vector3;
use radar::echoes;

/// Something that a sensor may see at an instant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Target {
    /// Its identity.
    pub id: ObjectId,
    /// Chooses the draws that are made for it: its own whatever else flies.
    pub draws: u32,
    /// Position, Earth-centred Earth-fixed, m.
    pub position_m: Vector3<f64>,
    /// Velocity in the Earth-fixed frame, m/s.
    pub velocity_m_s: Vector3<f64>,
    /// Whether a motor burns: an infrared sensor may see the plume.
    pub burns: bool,
    /// Whether it is a submarine: only a sonar notices it.
    pub is_under_water: bool,
    /// Radar cross-section, m².
    pub cross_section_m2: f64,
}

/// Whether a sensor at this look can see a target at all: in its coverage, and for an infrared sensor also burning and
/// above the clouds. The detection probability holds when it can.
pub fn can_see(station: &Station<'_>, target: &Target) -> bool {
    let shows = !station.sensor.sees_plumes_only() || target.burns;
    shows && !target.is_under_water && station.can_see(&target.position_m)
}

/// [`plots_where_told`] of a sensor that is told nothing.
pub fn plots(
    station: &Station<'_>,
    mount: &Mount,
    targets: &[Target],
    key: (u32, Seed),
) -> (Vec<Plot>, Vec<ObjectId>) {
    plots_where_told(station, mount, (targets, &[]), key)
}

/// The plots of one look, and which objects gave one. `station` is where the sensor truly is and looks, `cues` where it is told
/// to look longer.
///
/// `slot` is the number of the look in the sensor's time table: it, and not how many looks came before, chooses the
/// draws, which are the same whatever else happens.
pub fn plots_where_told(
    station: &Station<'_>,
    mount: &Mount,
    (targets, cues): (&[Target], &[Pointing]),
    (slot, seed): (u32, Seed),
) -> (Vec<Plot>, Vec<ObjectId>) {
    let mut found = Vec::new();
    let mut plots = Vec::new();
    match &station.sensor.kind {
        SensorKind::Radar(model) => {
            for echo in echoes(station, model, mount, targets.iter()) {
                let is_told = |cued: &&Cued| {
                    let direction = echo.direction();
                    cues.iter().any(|cue| cue.covers(station, model, &direction, cued.half_width_rad))
                };
                let cued = mount.cued.as_ref().filter(is_told);
                if let Some(plot) = echo.plot(station, model, (mount, cued), (slot, seed)) {
                    plots.push(plot);
                    found.extend(echo.objects);
                }
            }
        }
        SensorKind::Infrared(model) => {
            for target in targets.iter().filter(|target| can_see(station, target)) {
                let stream = detected(station, target, (slot, seed));
                if let Some(plot) =
                    stream.and_then(|stream| infrared_plot(station, model, mount, target, stream))
                {
                    plots.push(plot);
                    found.push(target.id);
                }
            }
        }
        SensorKind::Sonar(model) => {
            for target in targets.iter().filter(|target| hears(station, model, target)) {
                if let Some(stream) = detected(station, target, (slot, seed)) {
                    plots.push(bearing(station, model, mount, target, stream));
                    found.push(target.id);
                }
            }
        }
        // Their reports are no looks: see `schedule`.
        SensorKind::Cue => {}
    }
    clutter::add(station.sensor, station.regard, slot, seed, &mut plots);
    // Sorted by what was measured: the order then tells nothing about which plot is true.
    plots.sort_by(|left, right| {
        let ((a, b, c), (x, y, z)) = (coordinates(left), coordinates(right));
        a.total_cmp(&x).then(b.total_cmp(&y)).then(c.total_cmp(&z))
    });
    (plots, found)
}

fn coordinates(plot: &Plot) -> (f64, f64, f64) {
    match *plot {
        Plot::Radar { range_m, azimuth_rad, elevation_rad, .. } => (range_m, azimuth_rad, elevation_rad),
        Plot::Infrared { right_rad, up_rad } => (right_rad, up_rad, 0.0),
        Plot::Bearing { azimuth_rad } => (azimuth_rad, 0.0, 0.0),
        Plot::Cue { latitude_rad, longitude_rad, sigma_m, .. } => (latitude_rad, longitude_rad, sigma_m),
    }
}

/// The rest of a target's draws in a look that detects it, where that depends on nothing but the sensor's own probability.
fn detected(station: &Station<'_>, target: &Target, (slot, seed): (u32, Seed)) -> Option<Stream> {
    let mut stream = seed.stream(Purpose::Detection, station.sensor.id.0, slot, target.draws);
    (stream.uniform() < station.sensor.detection_probability).then_some(stream)
}

fn infrared_plot(
    station: &Station<'_>,
    model: &InfraredModel,
    mount: &Mount,
    target: &Target,
    mut stream: Stream,
) -> Option<Plot> {
    let [boresight, right, up] = station.infrared_axes()?;
    let offset_m = target.position_m - station.position_m;
    let along_m = offset_m.dot(&boresight);
    let [right_error, up_error] = stream.normal_pair();
    let angle = |axis: &Vector3<f64>, error: f64, bias_rad: f64| {
        libm::atan2(offset_m.dot(axis), along_m) + model.angle_sigma_rad * error + bias_rad
    };
    let plot = Plot::Infrared {
        right_rad: angle(&right, right_error, mount.bias.azimuth_rad),
        up_rad: angle(&up, up_error, mount.bias.elevation_rad),
    };
    plot.is_valid().then_some(plot)
}

fn hears(station: &Station<'_>, model: &SonarModel, target: &Target) -> bool {
    target.is_under_water && (target.position_m - station.position_m).norm() <= model.maximum_range_m
}

fn bearing(
    station: &Station<'_>,
    model: &SonarModel,
    mount: &Mount,
    target: &Target,
    mut stream: Stream,
) -> Plot {
    let enu_m = station.ecef_from_enu.tr_mul(&(target.position_m - station.position_m));
    let error_rad = model.bearing_sigma_rad * stream.normal() + mount.bias.azimuth_rad;
    Plot::Bearing { azimuth_rad: in_full_turn(libm::atan2(enu_m.x, enu_m.y) + error_rad) }
}
