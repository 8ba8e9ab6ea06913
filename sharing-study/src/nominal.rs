//! The nominal flight of a scenario with every look at it: what bounds are worked out from.

use crate::bound::FlightGeometry;
use crate::study::{StudyError, setup_of};
use fusion_core::node::Setup;
use sensor_sim::flight::Flight;
use sensor_sim::{Scenario, Simulation, simulate};
use std::sync::Arc;

/// One flight as the scenario says it, without what differs from run to run, and what looked at it.
#[derive(Clone, Debug)]
pub struct NominalFlight {
    /// The scenario's nodes, sensors and trackers.
    pub setup: Arc<Setup>,
    simulation: Simulation,
}

impl NominalFlight {
    /// Flies it; the seed decides only which looks get lost.
    ///
    /// # Errors
    /// [`StudyError`] when it does not fly, or the nodes cannot be set up.
    pub fn of(scenario: &Scenario, seed: u64) -> Result<Self, StudyError> {
        NominalFlight::flown(setup_of(scenario)?, scenario, &scenario.fly()?, seed)
    }

    /// The same of flights that are flown already.
    pub(crate) fn flown(
        setup: Arc<Setup>,
        scenario: &Scenario,
        flights: &[Flight],
        seed: u64,
    ) -> Result<Self, StudyError> {
        let simulation = simulate(&scenario.perturbed_by(0.0), flights, seed, 0)?;
        Ok(NominalFlight { setup, simulation })
    }

    /// The looks at the first missile: what [`crate::study::run_study`] measures bounds on.
    ///
    /// # Errors
    /// [`StudyError::NoFlight`].
    pub fn geometry(&self) -> Result<FlightGeometry<'_>, StudyError> {
        let object = self.simulation.truth.objects.first().ok_or(StudyError::NoFlight)?;
        Ok(FlightGeometry::new(&self.setup, object, &self.simulation.scans))
    }
}
