//! What a study's rows refer to, and what the physics allows: made from the nominal flight once the runs are known.

use super::{RunRecord, Study, StudyError, grid};
use crate::consistency::{band, judged_times};
use crate::nominal::NominalFlight;
use crate::outcome::{
    AreaDescription, Bound, ConsistencyBand, RegimeDescription, SensorDescription, StudyDescription,
};
use fusion_core::types::{NodeId, SensorKind, geodetic_from_ecef};
use rayon::prelude::*;
use sensor_sim::flight::{Phase, Trajectory};
use std::sync::Arc;

/// Error at which a missing impact estimate counts in capped means, m.
pub const CAP_M: f64 = 100_000.0;

impl Study<'_> {
    /// Bounds and bands for the nominal flight.
    pub(super) fn bounds(&self, runs: u32) -> Result<(Vec<Bound>, Vec<ConsistencyBand>), StudyError> {
        let nominal = NominalFlight::flown(Arc::clone(&self.setup), self.scenario, &self.flights, self.seed)?;
        let geometry = nominal.geometry()?;
        let trajectory = self.nominal()?;
        let judged_s: Vec<f64> = judged_times(&self.times_s, trajectory.burnout_s(), reentry_s(trajectory))
            .map(|(_, time_s)| time_s)
            .collect();
        let pairs: Vec<(usize, NodeId)> = (0..self.regimes.len())
            .flat_map(|regime| (0..self.setup.nodes.len()).map(move |node| (regime, NodeId(node as u16))))
            .collect();
        let results: Vec<(Bound, Option<ConsistencyBand>)> = pairs
            .par_iter()
            .map(|&(regime, node)| {
                let delays = &self.delays[regime];
                let bound = geometry.bound(regime, node, delays, &self.times_s);
                let runs = (runs, self.seed);
                (bound, band(&geometry, (regime, node), delays, &judged_s, runs))
            })
            .collect();
        let (bounds, bands): (Vec<_>, Vec<_>) = results.into_iter().unzip();
        Ok((bounds, bands.into_iter().flatten().collect()))
    }

    pub(super) fn describe(&self, runs: &[RunRecord]) -> Result<StudyDescription, StudyError> {
        let nominal = self.nominal()?;
        let name = |node: NodeId| self.setup.nodes.get(usize::from(node.0)).cloned().unwrap_or_default();
        let regimes = self
            .regimes
            .iter()
            .enumerate()
            .map(|(index, regime)| RegimeDescription {
                name: regime.name.clone(),
                description: match regime.assumptions.as_str() {
                    "" => regime.description.clone(),
                    assumptions => format!("{} {assumptions}", regime.description),
                },
                link_bytes: regime
                    .links
                    .iter()
                    .enumerate()
                    .map(|(link, config)| {
                        let total: u64 =
                            runs.iter().filter_map(|run| run.link_bytes.get(index)?.get(link)).sum();
                        (format!("{} → {}", config.from, config.to), total as f64 / runs.len() as f64)
                    })
                    .collect(),
            })
            .collect();
        Ok(StudyDescription {
            title: self.scenario.title.clone(),
            summary: self.scenario.summary.clone(),
            seed: self.seed,
            runs: runs.len() as u32,
            regimes,
            baseline: self.baseline(),
            nodes: (0..self.setup.nodes.len()).map(|node| name(NodeId(node as u16))).collect(),
            areas: self.describe_areas(),
            times_s: self.times_s.clone(),
            burnout_s: nominal.burnout_s(),
            impact_s: nominal.impact_s(),
            ground_track: ground_track(nominal),
            sensors: self.sensors(),
            cap_m: CAP_M,
            dissemination_s: self.scenario.warning.dissemination_s,
            reported: self.scenario.reported.clone(),
        })
    }

    fn describe_areas(&self) -> Vec<AreaDescription> {
        let describe = |area: &fusion_core::warning::Area| AreaDescription {
            name: area.name.clone(),
            warned_by: area.warned_by.clone(),
            polygon: area.corners_rad.iter().map(|corner| corner.map(f64::to_degrees)).collect(),
        };
        self.setup.areas.iter().map(describe).collect()
    }

    fn sensors(&self) -> Vec<SensorDescription> {
        let on_the_map =
            self.setup.sensors.iter().filter(|sensor| matches!(sensor.kind, SensorKind::Radar(_)));
        on_the_map
            .map(|sensor| {
                let place = geodetic_from_ecef(&sensor.position_m);
                SensorDescription {
                    name: sensor.name.clone(),
                    owner: sensor.owner,
                    latitude_deg: place.latitude_rad.to_degrees(),
                    longitude_deg: place.longitude_rad.to_degrees(),
                }
            })
            .collect()
    }
}

/// Latitude and longitude, degrees, height, km, and time since launch, s, every ten seconds.
fn ground_track(nominal: &Trajectory) -> Vec<[f64; 4]> {
    let times_s = grid(nominal.impact_s(), 10.0).into_iter().chain([nominal.impact_s()]);
    times_s
        .filter_map(|time_s| {
            let place = geodetic_from_ecef(&nominal.state_at(time_s)?.position_m);
            let (latitude, longitude) = (place.latitude_rad.to_degrees(), place.longitude_rad.to_degrees());
            Some([latitude, longitude, place.height_m * 1e-3, time_s])
        })
        .collect()
}

/// When re-entry begins, s after launch.
fn reentry_s(trajectory: &Trajectory) -> f64 {
    let end_s = trajectory.impact_s();
    let is_reentering =
        |time_s: &f64| trajectory.state_at(*time_s).is_some_and(|state| state.phase == Phase::Reentry);
    grid(end_s, 1.0).into_iter().find(is_reentering).unwrap_or(end_s)
}
