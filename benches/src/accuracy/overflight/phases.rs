//! Consistency by phase of flight.

use super::Case;
use super::follow::Followed;
use crate::accuracy::looks::{Linearised, Look, ORACLE_RUNS};
use crate::accuracy::statistics::mean_interval;
use crate::accuracy::{AccuracyError, Cell, Options, Table, verdict_text};
use fusion_core::assess::{Band, judge, look_information};
use fusion_core::dynamics::Dynamics;
use fusion_core::filter::MissileFilter;
use nalgebra::{Matrix6, SMatrix, SVector};

/// The NEES of position and velocity in each run, averaged over each phase, and the first run's filter where each begins.
#[derive(Default)]
pub struct Phases {
    per_run: [Vec<f64>; 3],
    begins: [Option<MissileFilter>; 3],
}

impl Phases {
    /// How many runs are in it.
    pub fn runs(&self) -> usize {
        self.per_run[0].len()
    }

    /// Takes a run in.
    pub fn add(&mut self, followed: &Followed) {
        for phase in 0..3 {
            self.per_run[phase].push(followed.phases[phase]);
            self.begins[phase] = self.begins[phase].or(followed.begins[phase]);
        }
    }

    /// Each phase beside the band that a perfect filter of the same case would lie in.
    pub fn table(&self, case: &Case, options: &Options) -> Result<Table, AccuracyError> {
        let models = &case.setup.models;
        let begin = |phase: usize| self.begins[phase].ok_or("no run reached the phase");
        let coasting = begin(1)?.kinematic().covariance;
        let mut entering = SMatrix::<f64, 7, 7>::zeros();
        entering.fixed_view_mut::<6, 6>(0, 0).copy_from(&begin(2)?.kinematic().covariance);
        entering[(6, 6)] = models.log_area_variance;
        let [boost_s, coast_s, entry_s] = case.spans_s;
        let bands = [
            band(case, &models.boost, begin(0)?.boost.covariance, &[0.0; 3], boost_s, options)?,
            band(case, &models.coast, coasting, &[], coast_s, options)?,
            band(case, &models.reentry, entering, &[models.log_area_mean], entry_s, options)?,
        ];
        let names =
            ["boost, from 65 s after launch", "coast, from 20 s after burnout", "re-entry, 100 to 10 km"];
        let mut rows = Vec::new();
        for (phase, name) in names.into_iter().enumerate() {
            let judged = judge(&self.per_run[phase], &bands[phase])?;
            let (mean, interval) = mean_interval(&self.per_run[phase]);
            rows.push(vec![
                name.into(),
                Cell::Estimate(mean, interval, 3),
                Cell::Text(format!("{:.3} to {:.3}", judged.band.low, judged.band.high)),
                verdict_text(judged.verdict).into(),
            ]);
        }
        Ok(Table {
            title: "Consistency by phase: NEES of position and velocity over all modes (6 where consistent)".into(),
            columns: vec!["phase", "NEES", "perfect filter's band", "verdict"],
            rows,
            notes: vec![
                "The true boost is a gravity turn, not the model's random walk. No sensor of this scenario sees the re-entry: it is predicted.".into(),
            ],
        })
    }
}

/// The band of a perfect filter on the case linearised about the undisturbed flight, in steps of a second. States beyond position
/// and velocity are taken as `rest` throughout: the transition hardly depends on them.
fn band<const N: usize>(
    case: &Case,
    model: &impl Dynamics<N>,
    initial_covariance: SMatrix<f64, N, N>,
    rest: &[f64],
    (from_s, to_s): (f64, f64),
    options: &Options,
) -> Result<Band, AccuracyError> {
    let object = &case.nominal;
    let (mut course, mut information) = (Vec::new(), Vec::new());
    let mut at_s = from_s;
    while at_s <= to_s {
        let state = object.trajectory.state_at(at_s).ok_or("not in flight then")?;
        let kinematic = state.position_m.iter().chain(state.velocity_m_s.iter()).copied();
        course.push((at_s, SVector::<f64, N>::from_iterator(kinematic.chain(rest.iter().copied()))));
        if at_s > from_s {
            let span_s = (at_s - 1.0, at_s);
            let looks = Look::between(&case.setup.sensors, &case.nominal_scans, object.launch_time, span_s);
            let burns = at_s < case.burnout_s;
            let told = looks.iter().filter(|look| burns || !look.station.sensor.sees_plumes_only());
            let told = told
                .filter_map(|look| look_information(&look.station, &state.position_m, &state.velocity_m_s));
            information.push(told.sum::<Matrix6<f64>>());
        }
        at_s += 1.0;
    }
    let problem = Linearised::new(model, initial_covariance, &course, &information).problem(0, 6);
    Ok(problem.nees(ORACLE_RUNS, options.seed)?.band(options.runs, 0.95)?)
}
