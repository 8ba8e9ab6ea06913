//! What the physics of the sensors allows a node to know, with the data that a regime brings it.
//!
//! The posterior Cramér-Rao bound along the true flight. In boost: nine states with the trackers' own process noise, from
//! the looks that can see the missile, weighted by their detection probability. From burnout, whose instant the bound
//! knows and the trackers do not: free flight without noise, so that information only adds up. The ballistic coefficient
//! keeps its prior, as no sensor of the scenario sees the re-entry. Each look counts from when it reaches the node.

use crate::outcome::Bound;
use crate::paths::DataDelays;
use fusion_core::assess::{EpochInformation, PosteriorBound, look_information};
use fusion_core::dynamics::{LONGEST_STEP_S, propagate};
use fusion_core::math::symmetric::symmetrise;
use fusion_core::measurement::Station;
use fusion_core::node::Setup;
use fusion_core::types::{NodeId, Scan, SensorId};
use fusion_core::warning::GroundMap;
use nalgebra::{Matrix6, SMatrix, SVector, Vector6};
use sensor_sim::TruthObject;
use sensor_sim::flight::Phase;

/// What one look of one sensor says of the missile's true position.
#[derive(Clone, Debug)]
pub struct TrueLook {
    /// Which sensor looked.
    pub sensor: SensorId,
    /// Whose it is.
    pub owner: NodeId,
    /// When, s after launch.
    pub since_launch_s: f64,
    /// The same, s after the scenario's start.
    pub since_start_s: f64,
    /// Information about position and velocity, in inverse m and m/s squared, weighted by the detection probability.
    pub information: Matrix6<f64>,
    /// Its information about position and velocity at burnout, in inverse m and m/s squared; none before burnout.
    pub at_burnout: Option<Matrix6<f64>>,
}

/// The looks that can see one flight, and what does not depend on the regime.
#[derive(Clone, Debug)]
pub struct FlightGeometry<'a> {
    setup: &'a Setup,
    object: &'a TruthObject,
    /// In order of time.
    pub looks: Vec<TrueLook>,
    burnout: Vector6<f64>,
    /// From the state at burnout to the impact.
    ground: Option<GroundMap>,
}

/// Below this height no look is counted: drag would have to be known there.
const LOWEST_M: f64 = 100_000.0;

impl<'a> FlightGeometry<'a> {
    /// All looks of all sensors at one true flight. The scans only say when each sensor looked, from where and at what; the
    /// plots in them do not count.
    pub fn new(setup: &'a Setup, object: &'a TruthObject, scans: &[Scan]) -> Self {
        let (position_m, velocity_m_s) = object.trajectory.burnout_state();
        let burnout = Vector6::from_iterator(position_m.iter().chain(velocity_m_s.iter()).copied());
        let mut looks: Vec<TrueLook> = scans.iter().filter_map(|scan| look_of(setup, object, scan)).collect();
        looks.sort_by(|a, b| a.since_launch_s.total_cmp(&b.since_launch_s));
        let ground = GroundMap::of(&burnout.push(setup.models.log_area_mean));
        let mut geometry = FlightGeometry { setup, object, looks, burnout, ground };
        geometry.carry_to_burnout();
        geometry
    }

    /// Carries every look's information back to burnout, the transition in short steps: once, for all regimes and times.
    fn carry_to_burnout(&mut self) {
        let burnout_s = self.object.trajectory.burnout_s();
        let (mut state, mut transition, mut at_s) = (self.burnout, Matrix6::identity(), burnout_s);
        for look in self.looks.iter_mut().filter(|look| look.since_launch_s >= burnout_s) {
            let (next, step) =
                propagate(&self.setup.models.coast, &state, look.since_launch_s - at_s, LONGEST_STEP_S);
            (state, transition, at_s) = (next, step * transition, look.since_launch_s);
            look.at_burnout = Some(symmetrise(&(transition.transpose() * look.information * transition)));
        }
    }

    /// The bound of one node under one regime on a grid of times, s after launch.
    pub fn bound(&self, regime: usize, node: NodeId, delays: &DataDelays, times_s: &[f64]) -> Bound {
        let settled_s = self.burnout_s() + delays.longest_s(node);
        let mut boost = None;
        let impact_rms_m = times_s
            .iter()
            .map(|&time_s| {
                if time_s < self.burnout_s() {
                    return None;
                }
                // Once everything from the boost has arrived, its part of the information stays.
                let from_boost = match boost {
                    Some((until_s, information)) if until_s >= settled_s => information,
                    _ => {
                        let information = self.boost_information(self.known(node, delays, time_s));
                        boost = Some((time_s, information));
                        information
                    }
                };
                let information = with_coast(from_boost, self.known(node, delays, time_s));
                self.impact_rms_m(&information)
            })
            .collect();
        Bound { regime, node, impact_rms_m }
    }

    /// The bound of one node at one time, s after launch, with the looks of the sensors that `allowed` names only: root-mean-square
    /// horizontal impact error, m.
    ///
    /// None before burnout, and where the data does not determine an impact.
    pub fn impact_error_m(
        &self,
        node: NodeId,
        delays: &DataDelays,
        time_s: f64,
        allowed: impl Fn(SensorId) -> bool,
    ) -> Option<f64> {
        if time_s < self.burnout_s() {
            return None;
        }
        let known = || self.known(node, delays, time_s).filter(|look| allowed(look.sensor));
        self.impact_rms_m(&with_coast(self.boost_information(known()), known()))
    }

    /// Burnout of the flight, s after launch.
    pub fn burnout_s(&self) -> f64 {
        self.object.trajectory.burnout_s()
    }

    /// Impact of the flight, s after launch.
    pub fn impact_s(&self) -> f64 {
        self.object.trajectory.impact_s()
    }

    /// The looks that a node has at a time, s after launch, in order of time.
    fn known<'d>(
        &'d self,
        node: NodeId,
        delays: &'d DataDelays,
        time_s: f64,
    ) -> impl Iterator<Item = &'d TrueLook> {
        self.looks.iter().filter(move |look| self.is_known(look, node, delays, time_s))
    }

    pub(crate) fn is_known(&self, look: &TrueLook, node: NodeId, delays: &DataDelays, time_s: f64) -> bool {
        look.since_launch_s + delays.seconds_at(look.owner, node, look.since_start_s) <= time_s
    }

    /// Information about position and velocity at burnout from the boost looks among some looks, in order of time.
    pub(crate) fn boost_information<'l>(&self, looks: impl Iterator<Item = &'l TrueLook>) -> Matrix6<f64> {
        let mut bound: Option<(PosteriorBound<9>, f64)> = None;
        for look in looks.filter(|look| look.at_burnout.is_none()) {
            let (mut now, at_s) = bound.unwrap_or_else(|| (self.boost_prior(), look.since_launch_s));
            self.carry(&mut now, at_s, look.since_launch_s);
            // A weight of one is always allowed.
            let _ = now.add_leading(&look.information, 1.0);
            bound = Some((now, look.since_launch_s));
        }
        let Some((mut now, at_s)) = bound else { return Matrix6::zeros() };
        self.carry(&mut now, at_s, self.burnout_s());
        now.marginal::<6>().map_or_else(|_| Matrix6::zeros(), |marginal| *marginal.information())
    }

    /// What a tracker assumes of an object that it has never seen.
    fn boost_prior(&self) -> PosteriorBound<9> {
        const POSITION_SIGMA_M: f64 = 1e6;
        let models = &self.setup.models;
        let sigma = |axis: usize| match axis {
            0..3 => POSITION_SIGMA_M,
            3..6 => models.initial_velocity_sigma_m_s,
            _ => models.initial_acceleration_sigma_m_s2,
        };
        let information = SVector::<f64, 9>::from_fn(|axis, _| 1.0 / (sigma(axis) * sigma(axis)));
        PosteriorBound::from_information(&SMatrix::from_diagonal(&information))
    }

    /// Carries a bound along the true powered flight.
    fn carry(&self, bound: &mut PosteriorBound<9>, from_s: f64, to_s: f64) {
        let Some(state) = self.object.trajectory.state_at(from_s) else { return };
        // The Jacobian depends on position and velocity only, so the thrust may be left at zero over so short a step.
        let mut mean = SVector::<f64, 9>::zeros();
        mean.fixed_rows_mut::<3>(0).copy_from(&state.position_m);
        mean.fixed_rows_mut::<3>(3).copy_from(&state.velocity_m_s);
        let _ = bound.carry(&self.setup.models.boost, &mean, to_s - from_s, LONGEST_STEP_S);
    }

    /// Root-mean-square horizontal impact error, m, from information about position and velocity at burnout; none while that leaves
    /// the state open.
    pub(crate) fn impact_rms_m(&self, information: &Matrix6<f64>) -> Option<f64> {
        let by_state = &self.ground.as_ref()?.east_north;
        let by_motion =
            at_burnout(information).covariance_of(&by_state.fixed_columns::<6>(0).into_owned()).ok()?;
        let by_area_m2 = by_state.column(6).norm_squared() * self.setup.models.log_area_variance;
        Some((by_motion.trace() + by_area_m2).sqrt())
    }

    /// Covariance of position and velocity at `start_s` from everything a node then has; none while it is open.
    pub fn covariance_at(&self, node: NodeId, delays: &DataDelays, start_s: f64) -> Option<Matrix6<f64>> {
        let from_boost = self.boost_information(self.known(node, delays, start_s));
        let information = with_coast(from_boost, self.known(node, delays, start_s));
        let coasted_s = start_s - self.burnout_s();
        let (_, transition) = propagate(&self.setup.models.coast, &self.burnout, coasted_s, LONGEST_STEP_S);
        at_burnout(&information).covariance_of(&transition).ok()
    }

    /// Transition of position and velocity between two times of the coast, s after launch.
    pub fn coast_transition(&self, from_s: f64, to_s: f64) -> Option<Matrix6<f64>> {
        let state = self.object.trajectory.state_at(from_s)?;
        let mean = Vector6::from_iterator(state.position_m.iter().chain(state.velocity_m_s.iter()).copied());
        Some(propagate(&self.setup.models.coast, &mean, to_s - from_s, LONGEST_STEP_S).1)
    }
}

/// Information about position and velocity at burnout from the coast looks among some looks, added to what there is.
pub(crate) fn with_coast<'l>(
    information: Matrix6<f64>,
    looks: impl Iterator<Item = &'l TrueLook>,
) -> Matrix6<f64> {
    looks.filter_map(|look| look.at_burnout).fold(information, |sum, look| sum + look)
}

/// All information, told of the state at burnout.
fn at_burnout(information: &Matrix6<f64>) -> EpochInformation<6> {
    let mut at_burnout = EpochInformation::without_prior();
    // A weight of one is always allowed.
    let _ = at_burnout.add(information, &Matrix6::identity(), 1.0);
    at_burnout
}

/// What a look of a sensor says of the flight; none when it was not at it.
fn look_of(setup: &Setup, object: &TruthObject, scan: &Scan) -> Option<TrueLook> {
    let state = object.state_at(scan.time)?;
    let burns = state.phase == Phase::Boost;
    let (height_m, _) = fusion_core::types::height_and_up(&state.position_m);
    let station = Station::at_scan(setup.sensor(scan.sensor)?, scan);
    let is_counted = burns || (height_m > LOWEST_M && !station.sensor.sees_plumes_only());
    is_counted.then_some(())?;
    Some(TrueLook {
        sensor: scan.sensor,
        owner: station.sensor.owner,
        since_launch_s: scan.time.seconds_since(object.launch_time),
        since_start_s: scan.time.seconds_since(setup.start),
        information: look_information(&station, &state.position_m, &state.velocity_m_s)?,
        at_burnout: None,
    })
}
