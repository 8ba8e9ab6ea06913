//! The scenes that the benches time: each stage on work that a real flight gives it.
//!
//! A scene is made once and run many times; every run gives a digest of its result, so that a bench cannot time work that
//! the compiler has removed and a test can pin that all runs do the same. Speed is told as ratios within one run of the
//! benches (the machines that run them are shared and noisy), never asserted in tests.
//!
//! Beside them stands what tells how right the library is: [`mod@reference`] holds it against the numbers of others,
//! [`accuracy`] beside what is possible, on the problems of [`textbook`]; [`peers`] holds its speed beside that of others.
#![forbid(unsafe_code)]

pub mod accuracy;
pub mod clock;
pub mod field;
pub mod hops;
pub mod memory;
pub mod overload;
pub mod peers;
pub mod reference;
pub mod textbook;
pub mod tracks;

use fusion_core::association::{Candidacy, Gate, Predicted, nearest_neighbour};
use fusion_core::filter::{Gaussian, MissileFilter};
use fusion_core::measurement::{Observation, Station, clutter_density};
use fusion_core::node::{Network, Setup};
use fusion_core::share::{Regime, Tracklet};
use fusion_core::types::{NodeId, Plot, Scan, SensorKind, Time, TrackId};
use fusion_core::warning::fly_to_ground;
use nalgebra::SMatrix;
use sensor_sim::{Scenario, Simulation, simulate};
use std::error::Error;
use std::sync::Arc;

/// Any of the errors that building a scene can give.
pub type SceneError = Box<dyn Error + Send + Sync>;

/// The overflight of 2017-09-15 as one run, with one radar's plots of it.
pub struct Scene {
    /// Sensors, nodes, models.
    pub setup: Arc<Setup>,
    /// All scans of the run.
    pub scans: Vec<Arc<Scan>>,
    /// A filter in mid-coast.
    coasting: MissileFilter,
    /// An observation of it a second later, with the density of false plots there.
    observation: (Observation, f64),
    regimes: Vec<Regime>,
    header: recording::Header,
}

const SCENARIO: &str = include_str!("../../fixtures/overflight-2017-09-15/scenario.toml");
/// A time, s after launch, when both X-band radars and both ships follow the coasting missile.
const MID_COAST_S: f64 = 300.0;

impl Scene {
    /// Flies and simulates the run, and follows it to mid-coast.
    ///
    /// # Errors
    /// None that the compiled-in scenario gives; a changed one may.
    pub fn new() -> Result<Self, SceneError> {
        let scenario = Scenario::parse(SCENARIO)?;
        let flights = scenario.fly()?;
        let Simulation { scans, truth } = simulate(&scenario, &flights, 1, 0)?;
        let setup = sharing_study::study::setup_of(&scenario)?;
        let object = truth.objects.first().ok_or("the scenario has no flight")?;
        let now = object.launch_time.plus_seconds(MID_COAST_S);
        let state = object.state_at(now).ok_or("the flight is over by mid-coast")?;
        let sensor =
            setup.sensors.iter().find(|sensor| sensor.name == "kyogamisaki").ok_or("no kyogamisaki")?;
        let plot = plot_near(sensor, &state.position_m, &scans, now)
            .ok_or("kyogamisaki sees nothing in mid-coast")?;
        let observation =
            Observation::new(&Station::of(sensor), &plot).ok_or("a plot without a direction")?;
        let density = clutter_density(&Station::of(sensor), &observation);
        let spread = SMatrix::<f64, 3, 3>::identity() * 1e4;
        let mut coasting = MissileFilter::from_position(&state.position_m, &spread, 0.0, &setup.models);
        coasting.coast.mean.fixed_rows_mut::<3>(3).copy_from(&state.velocity_m_s);
        coasting.coast.covariance.fixed_view_mut::<3, 3>(3, 3).fill_diagonal(25.0);
        let header = recording::Header {
            scenario: scenario.name.clone(),
            scenario_digest: scenario.digest(),
            seed: 1,
            run: 0,
            start: scenario.start,
            sensors: scenario.sensors.clone(),
            nodes: scenario.node_names(),
            areas: scenario.areas.clone(),
            tracker: scenario.tracker,
            warning: scenario.warning,
            note: String::new(),
        };
        Ok(Scene {
            setup,
            scans: scans.into_iter().map(Arc::new).collect(),
            coasting,
            observation: (observation, density),
            regimes: sharing_study::regimes::builtin()?,
            header,
        })
    }

    /// The filter of a coasting missile: predict a second and take a radar plot in.
    pub fn coast_step(&self) -> [u8; 32] {
        self.step(self.coasting)
    }

    /// The same with all three modes alive: boost, coast and re-entry.
    pub fn three_mode_step(&self) -> [u8; 32] {
        self.step(MissileFilter { probabilities: [0.3, 0.4, 0.3], ..self.coasting })
    }

    fn step(&self, mut filter: MissileFilter) -> [u8; 32] {
        filter.predict(1.0, &self.setup.models);
        let (observation, density) = &self.observation;
        filter.update(observation, *density);
        digest_of(filter.kinematic().mean.iter())
    }

    /// Gate, cost and assignment of a hundred tracks and a hundred plots that all lie within each other's gates in tens.
    pub fn associate(&self) -> [u8; 32] {
        let (observation, density) = &self.observation;
        let filters: Vec<MissileFilter> = (0..100)
            .map(|index| {
                let mut moved = self.coasting;
                moved.coast.mean[0] += f64::from(index % 10) * 50.0 + f64::from(index / 10) * 50_000.0;
                moved
            })
            .collect();
        let positions: Vec<_> = filters.iter().map(MissileFilter::positions).collect();
        let tracks: Vec<Predicted<'_>> = positions
            .iter()
            .map(|positions| Predicted {
                positions,
                detection_probability: 0.9,
                resolved_probability: 1.0,
                existence: 1.0,
            })
            .collect();
        let plots = vec![Candidacy { observation, false_density: *density }; 100];
        let gate = Gate { two: 18.4, three: 21.1 };
        let pairs = nearest_neighbour(&tracks, &plots, gate).unwrap_or_default();
        digest_of(pairs.iter().map(|pair| pair.map_or(-1.0, |plot| plot as f64)).collect::<Vec<_>>().iter())
    }

    /// The flight from mid-coast to the ground, with covariance.
    pub fn fall(&self) -> [u8; 32] {
        let models = &self.setup.models;
        let mut covariance = SMatrix::<f64, 7, 7>::zeros();
        covariance.fixed_view_mut::<6, 6>(0, 0).copy_from(&self.coasting.coast.covariance);
        covariance[(6, 6)] = models.log_area_variance;
        let state = Gaussian { mean: self.coasting.coast.mean.push(models.log_area_mean), covariance };
        let impact = fly_to_ground(&state, Time::from_nanoseconds(0), |_| {});
        digest_of(impact.iter().flat_map(|impact| impact.covariance_m2.iter()))
    }

    /// What is new in a track from one plot, as another node would be told.
    pub fn tracklet(&self) -> [u8; 32] {
        let now = Time::from_nanoseconds(0);
        let plots = [(now.plus_seconds(-0.5), self.observation.0)];
        let origin = (NodeId(0), TrackId(0));
        let told = Tracklet::compress(origin, &self.coasting, now, &plots, &self.setup.models);
        digest_of(told.iter().flat_map(|tracklet| tracklet.information.iter()))
    }

    /// What a recording of the run begins with.
    pub fn header(&self) -> &recording::Header {
        &self.header
    }

    /// The whole recording of the run, encoded.
    ///
    /// # Errors
    /// None for scans of a simulation; damaged ones may.
    pub fn encode(&self) -> Result<Vec<u8>, SceneError> {
        let mut writer = recording::Writer::new(&self.header)?;
        for scan in &self.scans {
            writer.write_frame(&**scan)?;
        }
        Ok(writer.finish())
    }

    /// The whole recording, decoded and judged: how many plots it has.
    ///
    /// # Errors
    /// Those of a damaged recording.
    pub fn decode(&self, bytes: &[u8]) -> Result<usize, SceneError> {
        let (_, scans) = recording::read_scans(bytes)?;
        Ok(scans.iter().map(|scan| scan.plots.len()).sum())
    }

    /// All nodes of a regime over the first `seconds` of the run: scans in, pictures out.
    ///
    /// # Errors
    /// When there is no such regime.
    pub fn network(&self, regime: &str, seconds: f64) -> Result<[u8; 32], SceneError> {
        let regime = self.regimes.iter().find(|known| known.name == regime).ok_or("no such regime")?;
        let mut network = Network::new(&self.setup, regime, 1)?;
        network.run(&self.scans, self.setup.start.plus_seconds(seconds), |_| {})?;
        Ok(network.digest())
    }
}

/// The plot nearest to a true place in the sensor's look nearest to an instant.
fn plot_near(
    sensor: &fusion_core::types::Sensor,
    position_m: &nalgebra::Vector3<f64>,
    scans: &[Scan],
    now: Time,
) -> Option<Plot> {
    let range_of = |plot: &Plot| match (plot, &sensor.kind) {
        (Plot::Radar { range_m, .. }, SensorKind::Radar(_)) => *range_m,
        _ => f64::INFINITY,
    };
    let true_range_m = (position_m - sensor.position_m).norm();
    let off = |scan: &&Scan| (scan.time - now).nanoseconds().unsigned_abs();
    let look =
        scans.iter().filter(|scan| scan.sensor == sensor.id && !scan.plots.is_empty()).min_by_key(off)?;
    look.plots
        .iter()
        .min_by(|a, b| (range_of(a) - true_range_m).abs().total_cmp(&(range_of(b) - true_range_m).abs()))
        .copied()
}

fn digest_of<'a>(numbers: impl Iterator<Item = &'a f64>) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    for number in numbers {
        hasher.update(&number.to_bits().to_le_bytes());
    }
    *hasher.finalize().as_bytes()
}
