//! What truly flew. Nodes never see this: only tests, studies and the truth file do.

use crate::flight::{BodyKind, Phase, Trajectory, TrueState};
use crate::motion::Course;
use crate::sensor::Target;
use fusion_core::types::{ObjectId, Time};
use nalgebra::Vector3;
use serde::{Deserialize, Serialize};

/// Everything that flew in one run.
#[derive(Clone, Debug, PartialEq)]
pub struct Truth {
    /// What was launched and what fell off it, in the order of their identities: first each flight's front end, in the
    /// order of the flights, then stages and pieces.
    pub objects: Vec<TruthObject>,
    /// Aircraft and submarines; their identities follow on.
    pub movers: Vec<Mover>,
}

/// One object.
#[derive(Clone, Debug, PartialEq)]
pub struct TruthObject {
    /// Its identity: its place in the list.
    pub id: ObjectId,
    /// Name of its flight, and of a stage or a piece what it is.
    pub name: String,
    /// What it is.
    pub kind: BodyKind,
    /// Chooses the draws that sensors make for it.
    pub draws: u32,
    /// When it was launched.
    pub launch_time: Time,
    /// Its ballistic coefficient in this run, kg/m².
    pub ballistic_coefficient_kg_m2: f64,
    /// Radar cross-section, m².
    pub cross_section_m2: f64,
    /// Its flight in this run.
    pub trajectory: Trajectory,
}

/// An aircraft or a submarine.
#[derive(Clone, Debug, PartialEq)]
pub struct Mover {
    /// Its identity.
    pub id: ObjectId,
    /// Its name.
    pub name: String,
    /// Chooses the draws that sensors make for it.
    pub draws: u32,
    /// The way it goes.
    pub course: Course,
    /// The course begins then.
    pub begins: Time,
    /// It is there for so long, s.
    pub lasts_s: f64,
    /// Radar cross-section, m².
    pub cross_section_m2: f64,
    /// Whether it is a submarine.
    pub is_under_water: bool,
}

/// Where an object was at an instant: the body of a truth recording.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TruthSample {
    /// The instant.
    pub time: Time,
    /// Which object.
    pub object: ObjectId,
    /// Position, Earth-centred Earth-fixed, m.
    pub position_m: Vector3<f64>,
    /// Velocity in the Earth-fixed frame, m/s.
    pub velocity_m_s: Vector3<f64>,
    /// Part of the flight.
    pub phase: Phase,
}

impl TruthObject {
    /// Where the object is at `time`; none before launch and after impact.
    pub fn state_at(&self, time: Time) -> Option<TrueState> {
        self.trajectory.state_at(time.seconds_since(self.launch_time))
    }

    /// When it comes down, to the nanosecond.
    pub fn impact_time(&self) -> Time {
        self.launch_time.plus_seconds(self.trajectory.impact_s())
    }

    /// Whether it is what the flight is about, and not what fell off it.
    pub fn is_missile(&self) -> bool {
        self.kind == BodyKind::Payload
    }
}

impl Mover {
    /// Position (m) and velocity (m/s), Earth-centred Earth-fixed; none before it begins and after it ends.
    pub fn state_at(&self, time: Time) -> Option<(Vector3<f64>, Vector3<f64>)> {
        let since_s = time.seconds_since(self.begins);
        (0.0..=self.lasts_s).contains(&since_s).then(|| self.course.state_at(since_s))
    }
}

/// Least interval of [`Truth::samples`], s.
pub const MINIMUM_SAMPLE_INTERVAL_S: f64 = 0.01;

impl Truth {
    /// The missiles: without what fell off them.
    pub fn missiles(&self) -> impl Iterator<Item = &TruthObject> {
        self.objects.iter().filter(|object| object.is_missile())
    }

    /// Everything that a sensor may see at an instant.
    pub fn targets_at(&self, time: Time) -> Vec<Target> {
        let flying = self.objects.iter().filter_map(|object| {
            let state = object.state_at(time)?;
            Some(Target {
                id: object.id,
                draws: object.draws,
                position_m: state.position_m,
                velocity_m_s: state.velocity_m_s,
                burns: state.phase == Phase::Boost,
                is_under_water: false,
                cross_section_m2: object.cross_section_m2,
            })
        });
        let moving = self.movers.iter().filter_map(|mover| {
            let (position_m, velocity_m_s) = mover.state_at(time)?;
            Some(Target {
                id: mover.id,
                draws: mover.draws,
                position_m,
                velocity_m_s,
                burns: false,
                is_under_water: mover.is_under_water,
                cross_section_m2: mover.cross_section_m2,
            })
        });
        flying.chain(moving).collect()
    }

    /// Every object from its begin on at this interval, s, and at its impact, and aircraft and submarines while they are
    /// there, in the order of (time, object).
    ///
    /// An interval below [`MINIMUM_SAMPLE_INTERVAL_S`], or not a number, is taken as that: what comes out is bounded.
    pub fn samples(&self, interval_s: f64) -> Vec<TruthSample> {
        let interval_s = interval_s.max(MINIMUM_SAMPLE_INTERVAL_S);
        let mut samples = Vec::new();
        for object in &self.objects {
            let impact_s = object.trajectory.impact_s();
            let first = (object.trajectory.begins_s() / interval_s).max(0.0) as u32;
            let regular = (first..).map(|step| f64::from(step) * interval_s);
            for since_launch_s in regular.take_while(|time_s| *time_s < impact_s).chain([impact_s]) {
                if let Some(state) = object.trajectory.state_at(since_launch_s) {
                    samples.push(TruthSample {
                        time: object.launch_time.plus_seconds(since_launch_s),
                        object: object.id,
                        position_m: state.position_m,
                        velocity_m_s: state.velocity_m_s,
                        phase: state.phase,
                    });
                }
            }
        }
        for mover in &self.movers {
            let regular = (0_u32..).map(|step| f64::from(step) * interval_s);
            for since_s in regular.take_while(|since_s| *since_s <= mover.lasts_s) {
                let (position_m, velocity_m_s) = mover.course.state_at(since_s);
                let time = mover.begins.plus_seconds(since_s);
                samples.push(TruthSample {
                    time,
                    object: mover.id,
                    position_m,
                    velocity_m_s,
                    phase: Phase::Cruise,
                });
            }
        }
        samples.sort_by_key(|sample| (sample.time, sample.object));
        samples
    }
}
