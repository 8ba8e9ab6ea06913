//! What truly flew. Nodes never see this: only tests, studies and the truth file do.

use crate::flight::{Phase, Trajectory, TrueState};
use fusion_core::types::{ObjectId, Time};
use nalgebra::Vector3;
use serde::{Deserialize, Serialize};

/// Everything that flew in one run.
#[derive(Clone, Debug, PartialEq)]
pub struct Truth {
    /// The objects, in the order of their identities.
    pub objects: Vec<TruthObject>,
}

/// One object.
#[derive(Clone, Debug, PartialEq)]
pub struct TruthObject {
    /// Its identity: the index of its flight in the scenario.
    pub id: ObjectId,
    /// Name of its flight.
    pub name: String,
    /// When it was launched.
    pub launch_time: Time,
    /// Its ballistic coefficient in this run, kg/m².
    pub ballistic_coefficient_kg_m2: f64,
    /// Its flight in this run.
    pub trajectory: Trajectory,
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
}

/// Least interval of [`Truth::samples`], s.
pub const MINIMUM_SAMPLE_INTERVAL_S: f64 = 0.01;

impl Truth {
    /// Every object from its launch on at this interval, s, and at its impact, in the order of (time, object).
    ///
    /// An interval below [`MINIMUM_SAMPLE_INTERVAL_S`], or not a number, is taken as that: what comes out is bounded.
    pub fn samples(&self, interval_s: f64) -> Vec<TruthSample> {
        let interval_s = interval_s.max(MINIMUM_SAMPLE_INTERVAL_S);
        let mut samples = Vec::new();
        for object in &self.objects {
            let impact_s = object.trajectory.impact_s();
            let regular = (0_u32..).map(|step| f64::from(step) * interval_s);
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
        samples.sort_by_key(|sample| (sample.time, sample.object));
        samples
    }
}
