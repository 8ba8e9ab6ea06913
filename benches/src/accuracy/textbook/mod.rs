//! The filters on two re-entry problems of the literature, beside the posterior bound and published figures.
//!
//! In the `toolbox` setting of Julier and Uhlmann's problem the filters start from a drag that is off (a fifth state of 0
//! with variance 1, where every truth has 0.6932). That is no problem of which the filters' assumptions are true: the bound
//! is worked out as if they were, so it is none in the strict sense, and errors may lie below it or be inconsistent. In the
//! `matched` setting each truth is drawn from what the filters assume.

mod bound;
mod methods;
mod reference;
mod run;
mod tables;

use super::{AccuracyError, Options, Progress, Study, Table};
use crate::textbook::{Farina, Julier, Problem};
use fusion_core::math::chance::Stream;
use run::{Benchmark, Start, monte_carlo};
use tables::{Case, Summary};

/// The study, as the program lists it.
pub const STUDY: Study = Study {
    name: "textbook",
    about: "filters on the re-entry problems of Julier and Uhlmann, and of Farina, Ristic and Benvenuti",
    runs: 2000,
    run,
};

impl Benchmark<5> for Julier {
    const POSITION: [usize; 2] = [0, 1];
    const STEPS: usize = 2000;
    const STRIDE: usize = 10;

    fn begin(&self, stream: &mut Stream) -> Start<5> {
        let estimate = self.filter_start;
        Start { truth: self.truth_start(stream), estimate, prior: estimate.covariance }
    }

    fn time_s(&self, step: usize) -> f64 {
        // As the quotient of whole numbers, so that 0.3 is printed as 0.3.
        step as f64 / (1.0 / self.step_s)
    }
}

impl Benchmark<4> for Farina {
    const POSITION: [usize; 2] = [0, 2];
    const STEPS: usize = Farina::MEASUREMENTS - 2;
    const STRIDE: usize = 1;

    /// Two measurements make the first estimate; the same of the true positions makes the bound's.
    fn begin(&self, stream: &mut Stream) -> Start<4> {
        let before = self.truth_start(stream);
        let first = self.measure(&before, stream);
        let truth = self.truth_step(&before, stream);
        let second = self.measure(&truth, stream);
        let [exact_first, exact_second] =
            [before, truth].map(|state| fusion_core::filter::MeasurementModel::predict(self, &state));
        Start {
            truth,
            estimate: self.two_point_start(&first, &second),
            prior: self.two_point_start(&exact_first, &exact_second).covariance,
        }
    }

    fn time_s(&self, step: usize) -> f64 {
        (step + 1) as f64 * self.step_s
    }
}

fn run(options: &Options, progress: &Progress) -> Result<Vec<Table>, AccuracyError> {
    let (julier, farina) = (methods::of_julier(), methods::of_farina());
    let mut summary = Summary::new(options);
    let mut details = Vec::new();
    for (name, variant, problem) in [
        ("Julier, toolbox, 0.17 mrad", "toolbox_1m_0.17mrad", Julier::toolbox()),
        ("Julier, toolbox, 17 mrad", "asprinted_1m_17mrad", Julier::as_printed()),
        ("Julier, matched, 0.17 mrad", "matched_1m_0.17mrad", Julier::matched()),
    ] {
        let outcome = monte_carlo(name, &problem, &julier, options, progress)?;
        // The problem is in kilometres.
        let case = Case { name, scale_to_m: 1e3, states: 5, outcome, published: reference::julier(variant)? };
        details.push(summary.add(&case, &julier)?);
    }
    for (name, variant, problem) in [
        ("Farina, 17 mrad", "memory_100m_17mrad", Farina::paper()),
        ("Farina, 1 mrad", "modern_100m_1mrad", Farina::modern()),
    ] {
        let outcome = monte_carlo(name, &problem, &farina, options, progress)?;
        let case = Case { name, scale_to_m: 1.0, states: 4, outcome, published: reference::farina(variant)? };
        details.push(summary.add(&case, &farina)?);
    }
    details.insert(0, summary.table());
    Ok(details)
}
