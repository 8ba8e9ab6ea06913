//! A ship whose radar is off, two radars that are not, a missile and aircraft.

use crate::accuracy::AccuracyError;
use crate::accuracy::looks::with_noise;
use crate::reference::Place;
use crate::textbook::SharedFlight;
use fusion_core::dynamics::{Coast, ConstantVelocity, Dynamics, LONGEST_STEP_S, propagate};
use fusion_core::filter::{Gaussian, Kinematic};
use fusion_core::math::chance::Stream;
use fusion_core::measurement::{Observation, Station, noise_free_plot};
use fusion_core::registration::{BiasPrior, Biases, Told, Witness};
use fusion_core::types::{Geodetic, Plot, Sensor, ecef_from_enu, ecef_from_geodetic};
use nalgebra::{Matrix6, Vector3, Vector6};

const FILE: &str = include_str!("../../../../fixtures/reference/24_sharing_bound.json");
/// The minute in which biases are found, and the one in which they are corrected, in looks a second apart.
const LOOKS: u32 = 60;
/// How often tracks are told, s.
const TELL_S: u32 = 5;
/// What is known of an object before its first look, in each axis.
const GUESS_SIGMAS: [f64; 2] = [5e3, 100.0];
const STRAIGHT: ConstantVelocity = ConstantVelocity { density_m2_s3: 0.0 };
const FREE: Coast = Coast { density_m2_s3: 0.0 };
/// Aircraft: east and north of the ship, m, and velocity, m/s, at 10 km of height.
const AIRCRAFT: [[f64; 4]; 8] = [
    [80e3, 40e3, 200.0, 130.0],
    [-60e3, -90e3, -220.0, 90.0],
    [30e3, -120e3, 60.0, -240.0],
    [-110e3, 50e3, -150.0, -200.0],
    [150e3, -60e3, -230.0, 40.0],
    [-40e3, 160e3, 20.0, 245.0],
    [90e3, 130e3, -180.0, -170.0],
    [-140e3, -100e3, 210.0, 120.0],
];

/// What is seen in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Common {
    Missile,
    AirTraffic,
    Tracks,
    All,
    StraightAtShip,
}

/// The sensors, and where the missile burns out.
pub struct Scene {
    ship: Sensor,
    references: Vec<Sensor>,
    /// Radars of air traffic: an aircraft's, and one on a coast.
    of_aircraft: Vec<Sensor>,
    burnout: Vector6<f64>,
}

impl Scene {
    /// From the flight of the reference values.
    pub fn new() -> Result<Self, AccuracyError> {
        let document: serde_json::Value = serde_json::from_str(FILE)?;
        let place = Place::root(&document);
        let run = place.get("runs")?.list()?.into_iter().next().ok_or("no run")?;
        let flight = SharedFlight::read(&place, &run)?;
        let named = |part: &'static str| {
            flight.sensors.iter().filter(move |sensor| sensor.name.ends_with(part)).cloned()
        };
        let ship = named("JP_SeaOfJapan_Aegis").next().ok_or("no ship")?;
        let references: Vec<Sensor> = named("Xband").collect();
        let moved = |latitude_deg: f64, longitude_deg: f64, height_m: f64| Sensor {
            position_m: ecef_from_geodetic(Geodetic::from_degrees(latitude_deg, longitude_deg, height_m)),
            ..ship.clone()
        };
        let of_aircraft = vec![moved(37.3, 136.3, 10e3), moved(37.4, 136.9, 500.0)];
        Ok(Scene { ship, references, of_aircraft, burnout: flight.burnout })
    }

    /// The objects of the first minute, as they were seen at its end.
    pub fn witnesses(
        &self,
        common: Common,
        biases: &Biases,
        chance: &mut Stream,
    ) -> Result<Vec<Witness>, AccuracyError> {
        let aircraft = |[east_m, north_m, east_m_s, north_m_s]: [f64; 4]| {
            self.relative_to_ship(Vector3::new(east_m, north_m, 10e3), Vector3::new(east_m_s, north_m_s, 0.0))
        };
        match common {
            Common::Missile => {
                Ok(vec![self.by_plots(&FREE, &self.burnout, &self.references, biases, chance)?])
            }
            Common::Tracks => Ok(vec![self.by_tracks(&self.burnout, biases, chance)?]),
            Common::AirTraffic => {
                let starts = AIRCRAFT.map(aircraft);
                starts
                    .iter()
                    .map(|start| self.by_plots(&STRAIGHT, start, &self.of_aircraft, biases, chance))
                    .collect()
            }
            Common::All => {
                let mut all = self.witnesses(Common::AirTraffic, biases, chance)?;
                all.extend(self.witnesses(Common::Missile, biases, chance)?);
                Ok(all)
            }
            Common::StraightAtShip => {
                let from_m = Vector3::new(120e3, 0.0, 10e3);
                let start = self.relative_to_ship(from_m, from_m.normalize() * -240.0);
                Ok(vec![self.by_plots(&STRAIGHT, &start, &self.of_aircraft, biases, chance)?])
            }
        }
    }

    fn relative_to_ship(&self, offset_m: Vector3<f64>, velocity_m_s: Vector3<f64>) -> Vector6<f64> {
        let place = fusion_core::types::geodetic_from_ecef(&self.ship.position_m);
        let axes = ecef_from_enu(place);
        let (position_m, velocity_m_s) = (self.ship.position_m + axes * offset_m, axes * velocity_m_s);
        Vector6::from_iterator(position_m.iter().chain(&velocity_m_s).copied())
    }

    fn by_plots(
        &self,
        model: &impl Dynamics<6>,
        start: &Vector6<f64>,
        references: &[Sensor],
        biases: &Biases,
        chance: &mut Stream,
    ) -> Result<Witness, AccuracyError> {
        let mut witness = Witness::new(&guess(start, chance), &BiasPrior::default());
        for second in 0..=LOOKS {
            if second > 0 {
                witness.predict(model, 1.0);
            }
            let at_s = f64::from(second);
            for reference in references {
                let seen = seen(reference, (model, start), at_s, &Biases::default(), chance)?;
                witness.reference(&seen.1).ok_or("behind a radar")?;
            }
            let seen = seen(&self.ship, (model, start), at_s, biases, chance)?;
            let station = Station::of(&self.ship);
            witness.biased(&station, &seen.1, &Biases::default()).ok_or("behind the ship")?;
        }
        Ok(witness)
    }

    /// The ship and the references each have a track of their own, and tell its estimate every few seconds.
    fn by_tracks(
        &self,
        start: &Vector6<f64>,
        biases: &Biases,
        chance: &mut Stream,
    ) -> Result<Witness, AccuracyError> {
        let station = Station::of(&self.ship);
        let mut tracks = [Track::new(&guess(start, chance)), Track::new(&guess(start, chance))];
        let mut witness = Witness::new(&guess(start, chance), &BiasPrior::default());
        for second in 0..=LOOKS {
            if second > 0 {
                tracks.iter_mut().for_each(Track::predict);
                witness.predict(&FREE, 1.0);
            }
            let at_s = f64::from(second);
            for reference in &self.references {
                let seen = seen(reference, (&FREE, start), at_s, &Biases::default(), chance)?;
                tracks[0].now.reference(&seen.1).ok_or("behind a radar")?;
            }
            let seen = seen(&self.ship, (&FREE, start), at_s, biases, chance)?;
            tracks[1].now.reference(&seen.1).ok_or("behind the ship")?;
            if second % TELL_S == 0 {
                witness.reference_track(&tracks[0].tell()?)?;
                witness.biased_track(&station, &FREE, &tracks[1].tell()?)?;
            }
        }
        Ok(witness)
    }

    /// Squared error of the fused position, mean over the second minute, m²: the ship's looks without biases, with them, and
    /// with them corrected.
    pub fn fused(
        &self,
        biases: &Biases,
        found: &Biases,
        chance: &mut Stream,
    ) -> Result<[f64; 3], AccuracyError> {
        let nothing = Biases::default();
        let (start, _) = propagate(&FREE, &self.burnout, f64::from(LOOKS), LONGEST_STEP_S);
        let mut tracks = [Witness::new(&guess(&start, chance), &BiasPrior::default()); 3];
        let mut squared_m2 = [0.0; 3];
        for second in 0..=LOOKS {
            let at_s = f64::from(second);
            let mut looks = Vec::new();
            for reference in &self.references {
                looks.push(seen(reference, (&FREE, &start), at_s, &nothing, chance)?.1);
            }
            // The same noise in all three.
            let again = chance.clone();
            let plain = seen(&self.ship, (&FREE, &start), at_s, &nothing, &mut again.clone())?;
            let biased = seen(&self.ship, (&FREE, &start), at_s, biases, chance)?;
            let station = Station::of(&self.ship);
            let corrected = Observation::new(&station, &found.correct(&biased.0)).ok_or("no plot left")?;
            let (truth, _) = propagate(&FREE, &start, at_s, LONGEST_STEP_S);
            for (index, track) in tracks.iter_mut().enumerate() {
                if second > 0 {
                    track.predict(&FREE, 1.0);
                }
                for look in &looks {
                    track.reference(look).ok_or("behind a radar")?;
                }
                let (ship, late_s) = [(&plain.1, 0.0), (&biased.1, 0.0), (&corrected, found.time_s)][index];
                track.predict(&FREE, -late_s);
                track.reference(ship).ok_or("behind the ship")?;
                track.predict(&FREE, late_s);
                let error_m = (track.object().mean - truth).fixed_rows::<3>(0).norm();
                squared_m2[index] += error_m * error_m / f64::from(LOOKS + 1);
            }
        }
        Ok(squared_m2)
    }
}

impl Scene {
    /// Squared error of the position of a missile that is followed for both minutes, mean over the second, m²: with no biases, by
    /// the references alone, and with the biases estimated along.
    pub fn followed(&self, biases: &Biases, chance: &mut Stream) -> Result<[f64; 3], AccuracyError> {
        let nothing = Biases::default();
        let station = Station::of(&self.ship);
        let mut tracks = [Witness::new(&guess(&self.burnout, chance), &BiasPrior::default()); 3];
        let mut squared_m2 = [0.0; 3];
        for second in 0..=2 * LOOKS {
            let at_s = f64::from(second);
            if second > 0 {
                tracks.iter_mut().for_each(|track| track.predict(&FREE, 1.0));
            }
            for reference in &self.references {
                let look = seen(reference, (&FREE, &self.burnout), at_s, &nothing, chance)?.1;
                for track in &mut tracks {
                    track.reference(&look).ok_or("behind a radar")?;
                }
            }
            // The same noise in both.
            let plain = seen(&self.ship, (&FREE, &self.burnout), at_s, &nothing, &mut chance.clone())?.1;
            let biased = seen(&self.ship, (&FREE, &self.burnout), at_s, biases, chance)?.1;
            tracks[0].reference(&plain).ok_or("behind the ship")?;
            tracks[2].biased(&station, &biased, &nothing).ok_or("behind the ship")?;
            let (truth, _) = propagate(&FREE, &self.burnout, at_s, LONGEST_STEP_S);
            for (squared_m2, track) in squared_m2.iter_mut().zip(&tracks).filter(|_| second > LOOKS) {
                *squared_m2 +=
                    (track.object().mean - truth).fixed_rows::<3>(0).norm_squared() / f64::from(LOOKS);
            }
        }
        Ok(squared_m2)
    }
}

/// A track of one side, and what was last told of it.
struct Track {
    now: Witness,
    told: Kinematic,
}

impl Track {
    fn new(object: &Kinematic) -> Self {
        Track { now: Witness::new(object, &BiasPrior::default()), told: *object }
    }

    fn predict(&mut self) {
        self.now.predict(&FREE, 1.0);
        self.told.predict(&FREE, 1.0, LONGEST_STEP_S);
    }

    fn tell(&mut self) -> Result<Told, AccuracyError> {
        let now = self.now.object();
        let told = Told::between(&self.told, &now)?;
        self.told = now;
        Ok(told)
    }
}

fn guess(start: &Vector6<f64>, chance: &mut Stream) -> Kinematic {
    let [position_m, velocity_m_s] = GUESS_SIGMAS;
    let sigmas = Vector6::new(position_m, position_m, position_m, velocity_m_s, velocity_m_s, velocity_m_s);
    let covariance = Matrix6::from_diagonal(&sigmas.map(|sigma| sigma * sigma));
    Gaussian { mean: start + sigmas.map(|sigma| sigma * chance.normal()), covariance }
}

/// What a radar reports of a flight in a look that is stamped `at_s`.
fn seen(
    sensor: &Sensor,
    (model, start): (&impl Dynamics<6>, &Vector6<f64>),
    at_s: f64,
    biases: &Biases,
    chance: &mut Stream,
) -> Result<(Plot, Observation), AccuracyError> {
    let station = Station::of(sensor);
    let (then, _) = propagate(model, start, at_s - biases.time_s, LONGEST_STEP_S);
    let (position_m, velocity_m_s) = (then.fixed_rows::<3>(0).into(), then.fixed_rows::<3>(3).into());
    let exact = noise_free_plot(&station, &position_m, &velocity_m_s)
        .and_then(|plot| Observation::new(&station, &plot))
        .ok_or("no plot")?;
    let noisy = with_noise(&exact, &station, chance).ok_or("no direction")?;
    // Back to a radar's own terms, where its biases are.
    let (place_m, _) = noisy.position().ok_or("no range")?;
    let plot = noise_free_plot(&station, &place_m, &velocity_m_s).ok_or("no plot")?;
    let off = Biases {
        range_m: -biases.range_m,
        azimuth_rad: -biases.azimuth_rad,
        elevation_rad: -biases.elevation_rad,
        time_s: 0.0,
    };
    let plot = off.correct(&plot);
    let observation = Observation::new(&station, &plot).ok_or("no direction")?;
    Ok((plot, observation))
}
