//! When a sensor looks and at what: its whole coverage, a turn in sectors, search and track dwells, imagery, reports.

use super::{Pointing, Target, plots_where_told, radar::echoes};
use crate::chance::{Purpose, Seed};
use crate::motion::OrbitError;
use crate::mount::{Imagery, Mount, Platform, Report, Schedule};
use fusion_core::measurement::Station;
use fusion_core::types::{
    Beam, Geodetic, ObjectId, Plot, Regard, Scan, Sensor, SensorId, SensorKind, Time, ecef_from_enu,
    ecef_from_geodetic, geodetic_from_ecef,
};
use nalgebra::Vector3;
use std::collections::BTreeMap;
use std::f64::consts::{PI, TAU};

/// A phased array gives up what it has missed in so many dwells in a row.
const MISSES_TO_GIVE_UP: u32 = 4;
/// Most dwells of one look.
const MOST_BEAMS: usize = 1_000;

/// Where something will be launched, for sensors that see it being prepared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Site {
    /// The place.
    pub place: Geodetic,
    /// The launch, s after the scenario's start.
    pub launch_s: f64,
}

/// A sensor could not be followed.
pub type SensorFault = OrbitError;

/// One sensor of a scenario through a run.
struct Run<'a> {
    /// What its node believes.
    sensor: &'a Sensor,
    /// The same with the air that there truly is: what the coverage follows.
    actual: Sensor,
    mount: &'a Mount,
    start: Time,
    seed: Seed,
    /// Error of its navigation in this run, m.
    navigation_m: Vector3<f64>,
    /// The next place in its time table, and the number of its next scan.
    next_slot: u32,
    sequence: u32,
    /// What a phased array follows, and in how many dwells in a row it was missed.
    followed: BTreeMap<ObjectId, u32>,
    scans: Vec<Scan>,
}

/// What there is to see at an instant, s after the start, and where a sensor is told to look then.
struct Scene<'s> {
    sky: &'s dyn Fn(f64) -> Vec<Target>,
    cues: &'s dyn Fn(f64) -> Vec<Pointing>,
}

/// A radar through a run, a while at a time: for a study in which what its node knows decides where it looks.
///
/// Told nothing, it looks as [`looks`] says, with the same draws. Not for imagery and reports, which nobody tells.
pub struct Looker<'a>(Run<'a>);

impl<'a> Looker<'a> {
    /// A sensor that has not looked yet.
    pub fn new(pair: (&'a Sensor, &'a Mount), start: Time, seed: Seed) -> Self {
        Looker(Run::new(pair, start, seed))
    }

    /// Its looks up to `until_s` after the start, after those it gave before; `cues` says where it is told to look at an instant,
    /// s after the start.
    ///
    /// # Errors
    /// [`SensorFault`] where its two-line elements cannot be carried to a look.
    pub fn until(
        &mut self,
        until_s: f64,
        sky: &dyn Fn(f64) -> Vec<Target>,
        cues: &dyn Fn(f64) -> Vec<Pointing>,
    ) -> Result<Vec<Scan>, SensorFault> {
        self.0.look_until(until_s, &Scene { sky, cues })?;
        Ok(std::mem::take(&mut self.0.scans))
    }
}

/// Every look of a sensor from the scenario's start to `end_s` after it, in order.
///
/// `sky` says what there is to see at an instant, in s after the start; `sites` where launches are prepared. A look that is
/// lost or falls into an outage leaves no scan, and the numbers of those that are left have no gap.
///
/// # Errors
/// [`SensorFault`] where its two-line elements cannot be carried to a look.
pub fn looks(
    (sensor, mount): (&Sensor, &Mount),
    start: Time,
    end_s: f64,
    seed: Seed,
    sky: impl Fn(f64) -> Vec<Target>,
    sites: &[Site],
) -> Result<Vec<Scan>, SensorFault> {
    let mut run = Run::new((sensor, mount), start, seed);
    match &mount.schedule {
        Schedule::Imagery(imagery) => run.imagery(imagery, end_s, sites)?,
        Schedule::Reports(reports) => run.reports(reports, end_s),
        Schedule::Field | Schedule::Turn(_) | Schedule::Dwells(_) => {
            run.look_until(end_s, &Scene { sky: &sky, cues: &|_| Vec::new() })?;
        }
    }
    Ok(run.scans)
}

/// How many places a sensor's time table has until `end_s`.
pub fn number_of_slots(sensor: &Sensor, mount: &Mount, end_s: f64) -> usize {
    if let Schedule::Reports(reports) = &mount.schedule {
        return reports.len();
    }
    let span_s = end_s - sensor.first_look_s;
    // A cast saturates; the number of looks is then too great and refused.
    if span_s < 0.0 { 0 } else { ((span_s / mount.interval_s(sensor)) as usize).saturating_add(1) }
}

/// Whether the look of a slot gets lost.
fn is_lost((probability, seed, sensor): (f64, Seed, SensorId), slot: u32) -> bool {
    probability > 0.0 && seed.stream(Purpose::LostLook, sensor.0, slot, 0).uniform() < probability
}

impl<'a> Run<'a> {
    fn new((sensor, mount): (&'a Sensor, &'a Mount), start: Time, seed: Seed) -> Self {
        let actual = sensor.with_refractivity(mount.refractivity);
        let mut stream = seed.stream(Purpose::Navigation, sensor.id.0, 0, 0);
        let [east, north] = stream.normal_pair();
        let horizontal_m = Vector3::new(east, north, 0.0) * sensor.navigation_sigma_m;
        let navigation_m = ecef_from_enu(geodetic_from_ecef(&sensor.position_m)) * horizontal_m;
        let (next_slot, sequence, followed, scans) = (0, 0, BTreeMap::new(), Vec::new());
        Run { sensor, actual, mount, start, seed, navigation_m, next_slot, sequence, followed, scans }
    }

    /// The next looks of the time table that take place up to `until_s`: (slot, s after the start).
    fn slots(&mut self, until_s: f64) -> impl Iterator<Item = (u32, f64)> + use<'a> {
        let count = (number_of_slots(self.sensor, self.mount, until_s) as u32).max(self.next_slot);
        let first = std::mem::replace(&mut self.next_slot, count);
        let (first_s, interval_s) = (self.sensor.first_look_s, self.mount.interval_s(self.sensor));
        let (mount, lottery) = (self.mount, (self.mount.lost_look_probability, self.seed, self.sensor.id));
        (first..count)
            .map(move |slot| (slot, first_s + f64::from(slot) * interval_s))
            .filter(move |(slot, time_s)| !mount.is_off(*time_s) && !is_lost(lottery, *slot))
    }

    fn look_until(&mut self, until_s: f64, scene: &Scene<'_>) -> Result<(), SensorFault> {
        for (slot, time_s) in self.slots(until_s) {
            let (targets, cues) = ((scene.sky)(time_s), (scene.cues)(time_s));
            match self.mount.schedule {
                Schedule::Turn(sectors) => self.turn(sectors, (slot, time_s), (&targets, &cues))?,
                Schedule::Dwells(search_every) => {
                    self.dwell(search_every, (slot, time_s), (&targets, &cues))?
                }
                Schedule::Field | Schedule::Imagery(_) | Schedule::Reports(_) => {
                    self.look((slot, time_s), Regard::Field, (&targets, &cues))?;
                }
            }
        }
        Ok(())
    }

    /// The sensor where it truly is, looking at `regard`.
    fn station<'s>(&'s self, time_s: f64, regard: &'s Regard) -> Result<Station<'s>, SensorFault> {
        let (position_m, _) = self.mount.place_at(self.sensor, self.start, time_s)?;
        Ok(Station::new(&self.actual, position_m, regard))
    }

    fn keep(&mut self, time_s: f64, position_m: Vector3<f64>, regard: Regard, plots: Vec<Plot>) {
        let origin_m = match self.mount.platform {
            Platform::Fixed => None,
            Platform::Course(_) | Platform::Orbit(_) => Some(position_m + self.navigation_m),
        };
        let time = self.start.plus_seconds(time_s + self.mount.bias.clock_s);
        let sequence = self.sequence;
        self.sequence += 1;
        self.scans.push(Scan { sensor: self.sensor.id, sequence, time, origin_m, regard, plots });
    }

    fn look(
        &mut self,
        (slot, time_s): (u32, f64),
        regard: Regard,
        seen: (&[Target], &[Pointing]),
    ) -> Result<Vec<ObjectId>, SensorFault> {
        let station = self.station(time_s, &regard)?;
        let position_m = station.position_m;
        let (plots, found) = plots_where_told(&station, self.mount, seen, (slot, self.seed));
        self.keep(time_s, position_m, regard, plots);
        Ok(found)
    }

    fn turn(
        &mut self,
        sectors: u16,
        (slot, time_s): (u32, f64),
        seen: (&[Target], &[Pointing]),
    ) -> Result<(), SensorFault> {
        let width_rad = TAU / f64::from(sectors.max(1));
        let turned = f64::from(slot % u32::from(sectors.max(1)));
        let regard = Regard::Sector {
            centre_rad: (turned + 0.5) * width_rad,
            half_width_rad: (0.5 * width_rad).min(PI),
        };
        self.look((slot, time_s), regard, seen).map(|_| ())
    }

    /// Search over the whole coverage, and in between a dwell on everything that a search has found, and where it is told to
    /// look.
    ///
    /// A dwell points where its object is: the radar's own tracker is taken to be good enough for its beam.
    fn dwell(
        &mut self,
        search_every: u16,
        (slot, time_s): (u32, f64),
        seen: (&[Target], &[Pointing]),
    ) -> Result<(), SensorFault> {
        if slot % u32::from(search_every.max(1)) == 0 {
            for object in self.look((slot, time_s), Regard::Field, seen)? {
                self.followed.insert(object, 0);
            }
            return Ok(());
        }
        let of_interest: Vec<Target> =
            seen.0.iter().filter(|target| self.followed.contains_key(&target.id)).copied().collect();
        let mut beams = self.beams(time_s, &of_interest)?;
        beams.truncate(MOST_BEAMS);
        self.followed.retain(|object, _| beams.iter().any(|(known, _)| known == object));
        let mut beams: Vec<Beam> = beams.into_iter().map(|(_, beam)| beam).collect();
        beams.extend(self.told_beams(time_s, seen.1)?);
        beams.truncate(MOST_BEAMS);
        if beams.is_empty() {
            return Ok(());
        }
        // Whatever lies in a beam shows.
        let found = self.look((slot, time_s), Regard::Beams(beams), seen)?;
        for (object, misses) in &mut self.followed {
            *misses = if found.contains(object) { 0 } else { *misses + 1 };
        }
        self.followed.retain(|_, misses| *misses < MISSES_TO_GIVE_UP);
        for object in found {
            self.followed.entry(object).or_insert(0);
        }
        Ok(())
    }

    /// The beams for where the radar is told to look.
    fn told_beams(&self, time_s: f64, cues: &[Pointing]) -> Result<Vec<Beam>, SensorFault> {
        let (SensorKind::Radar(model), Some(cued)) = (&self.actual.kind, &self.mount.cued) else {
            return Ok(Vec::new());
        };
        let station = self.station(time_s, &Regard::Field)?;
        Ok(cues.iter().flat_map(|cue| cue.beams(&station, model, cued)).collect())
    }

    /// A beam for each target that the radar covers.
    fn beams(&self, time_s: f64, targets: &[Target]) -> Result<Vec<(ObjectId, Beam)>, SensorFault> {
        let station = self.station(time_s, &Regard::Field)?;
        let SensorKind::Radar(model) = &self.actual.kind else { return Ok(Vec::new()) };
        let beam = |target: &Target| {
            let [echo] = echoes(&station, model, self.mount, std::iter::once(target)).try_into().ok()?;
            let enu = station.ecef_from_enu.tr_mul(&echo.direction());
            let beam = Beam {
                azimuth_rad: libm::atan2(enu.x, enu.y),
                elevation_rad: libm::atan2(enu.z, libm::hypot(enu.x, enu.y)),
            };
            Some((target.id, beam))
        };
        Ok(targets.iter().filter_map(beam).collect())
    }

    fn imagery(&mut self, imagery: &Imagery, end_s: f64, sites: &[Site]) -> Result<(), SensorFault> {
        for (slot, time_s) in self.slots(end_s) {
            let position_m = self.station(time_s, &Regard::Field)?.position_m;
            let mut plots = Vec::new();
            for (number, site) in (0_u32..).zip(sites) {
                let until_s = site.launch_s - time_s;
                let offset_m = position_m - ecef_from_geodetic(site.place);
                let up: Vector3<f64> = ecef_from_enu(site.place).column(2).into();
                let sine = up.dot(&offset_m) / offset_m.norm();
                let shows = (0.0..=imagery.preparation_s).contains(&until_s)
                    && sine >= libm::sin(imagery.minimum_elevation_rad);
                let mut stream = self.seed.stream(Purpose::Detection, self.sensor.id.0, slot, number);
                if shows && stream.uniform() < self.sensor.detection_probability {
                    let window_s = [time_s, time_s + imagery.preparation_s];
                    let [east, north] = stream.normal_pair();
                    plots.push(self.cue(site.place, imagery.place_sigma_m, [east, north], window_s));
                }
            }
            self.keep(time_s, position_m, Regard::Field, plots);
        }
        Ok(())
    }

    fn reports(&mut self, reports: &[Report], end_s: f64) {
        let lottery = (self.mount.lost_look_probability, self.seed, self.sensor.id);
        for (number, report) in (0_u32..).zip(reports) {
            if report.told_s > end_s || self.mount.is_off(report.told_s) || is_lost(lottery, number) {
                continue;
            }
            let [east, north] =
                self.seed.stream(Purpose::Detection, self.sensor.id.0, number, 0).normal_pair();
            let plot = self.cue(report.place, report.place_sigma_m, [east, north], report.window_s);
            // What is told at one instant is one look.
            let time = self.start.plus_seconds(report.told_s + self.mount.bias.clock_s);
            match self.scans.last_mut().filter(|scan| scan.time == time) {
                Some(scan) => scan.plots.push(plot),
                None => self.keep(report.told_s, self.sensor.position_m, Regard::Field, vec![plot]),
            }
        }
    }

    /// A cue on a place with its error.
    fn cue(&self, place: Geodetic, sigma_m: f64, error: [f64; 2], window_s: [f64; 2]) -> Plot {
        let [east, north] = error;
        let position_m =
            ecef_from_geodetic(place) + ecef_from_enu(place) * Vector3::new(east, north, 0.0) * sigma_m;
        let told = geodetic_from_ecef(&position_m);
        Plot::Cue {
            latitude_rad: told.latitude_rad,
            longitude_rad: told.longitude_rad,
            sigma_m,
            from: self.start.plus_seconds(window_s[0]),
            until: self.start.plus_seconds(window_s[1]),
        }
    }
}
