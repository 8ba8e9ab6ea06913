//! Eight launches in forty minutes, many radars, and as many false plots as are asked for.

use crate::SceneError;
use fusion_core::node::Setup;
use fusion_core::types::{NodeId, Scan, SensorKind};
use sensor_sim::chance::Seed;
use sensor_sim::sensor::add_false_plots;
use sensor_sim::{Scenario, Simulation, Truth, simulate};
use std::sync::Arc;

const SCENARIO: &str = include_str!("../../../fixtures/salvo-2022-06-05/scenario.toml");
/// Of each sensor of the scenario.
const COPIES: usize = 8;
const SEED: Seed = Seed { seed: 1, run: 0 };

/// The scans of a shipped scenario, to which false plots are added.
pub struct Flood {
    scenario: Scenario,
    scans: Vec<Scan>,
    /// What truly flew.
    pub truth: Truth,
}

impl Flood {
    /// The scans of all sensors. Every look of a radar is at all that it covers, so that each may bring false plots from everywhere.
    ///
    /// # Errors
    /// None that the compiled-in scenario gives; a changed one may.
    ///
    /// There are eight of each sensor: no scan is so large that seven sensors alone keep a core busy.
    pub fn new() -> Result<Self, SceneError> {
        let is_kept = |line: &&str| !line.starts_with("search_every") && !line.starts_with("beam_width_deg");
        let text = SCENARIO.lines().filter(is_kept).collect::<Vec<_>>().join("\n");
        let sensors = || text.split("\n\n").filter(|block| block.contains("[[sensor]]"));
        // The line after a sensor's name is that of its class.
        let copy = |block: &str, number| block.replacen("\"\nclass", &format!("-{number}\"\nclass"), 1);
        let copies = (2..=COPIES).flat_map(|number| sensors().map(move |block| copy(block, number)));
        let all: Vec<String> = std::iter::once(text.clone()).chain(copies).collect();
        let scenario = Scenario::parse(&all.join("\n\n"))?;
        let Simulation { scans, truth } = simulate(&scenario, &scenario.fly()?, SEED.seed, SEED.run)?;
        Ok(Flood { scenario, scans, truth })
    }

    /// One node that owns every sensor, and knows how much clutter there is: false plots in a radar's look at all it covers, instead
    /// of the scenario's.
    ///
    /// # Errors
    /// As [`Setup::new`].
    pub fn setup(
        &self,
        clutter_per_scan: Option<f64>,
        work_per_tick: Option<u32>,
    ) -> Result<Setup, SceneError> {
        let Scenario { sensors, warning, tracker, start, .. } = &self.scenario;
        let mut sensors = sensors.clone();
        for sensor in &mut sensors {
            sensor.owner = NodeId(0);
            if let (SensorKind::Radar(_), Some(clutter_per_scan)) = (&sensor.kind, clutter_per_scan) {
                sensor.clutter_per_scan = clutter_per_scan;
            }
        }
        let mut tracker = *tracker;
        tracker.work_per_tick = work_per_tick.unwrap_or(tracker.work_per_tick);
        Ok(Setup::new(vec!["node".into()], sensors, Vec::new(), *warning, tracker, *start)?)
    }

    /// The looks in order of time, each with the false plots that the setup's sensors give besides what the scenario has.
    pub fn scans<'a>(&'a self, setup: &'a Setup) -> impl Iterator<Item = Arc<Scan>> + 'a {
        self.scans.iter().map(move |scan| {
            let mut scan = scan.clone();
            let sensor = &setup.sensors[usize::from(scan.sensor.0)];
            let known = self.scenario.sensors[usize::from(scan.sensor.0)].clutter_per_scan;
            if sensor.clutter_per_scan > known {
                let further = sensor.clutter_per_scan - known;
                let sensor = fusion_core::types::Sensor { clutter_per_scan: further, ..sensor.clone() };
                // Other draws than the scenario's own.
                let seed = Seed { run: SEED.run + 1, ..SEED };
                add_false_plots(&sensor, &scan.regard, scan.sequence, seed, &mut scan.plots);
                scan.plots.truncate(recording::MAX_PLOTS);
            }
            Arc::new(scan)
        })
    }
}
