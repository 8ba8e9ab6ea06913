//! Times the extended Kalman filter for many tracks: plain nalgebra against blocks of four. `cargo bench -p benches --bench lanes`
//!
//! One predict over a second and one update with range, azimuth and elevation of each of 256 tracks. All ways take turns
//! within one run and the least time of each counts, as other work on the machine only ever adds.
#![allow(clippy::disallowed_methods, clippy::print_stdout, reason = "a bench reads the clock and prints")]

use benches::SceneError;
use benches::tracks::{Surroundings, tracks};
use fusion_core::dispatch::{is_wide, portable};
use fusion_core::dynamics::{Boost, Coast, Dynamics, LONGEST_STEP_S, propagate};
use fusion_core::filter::Gaussian;
use fusion_core::filter::block::{Block, BlockDynamics, Predict, Sighting, Update};
use fusion_core::math::{lanes::Lanes, real::Real};
use fusion_core::measurement::Observation;
use nalgebra::{Matrix3, SMatrix, Vector3};
use std::hint::black_box;
use std::time::Instant;

const TRACKS: usize = 256;
const ROUNDS: usize = 400;

fn main() -> Result<(), SceneError> {
    println!("instructions for blocks: {}\n", if is_wide() { "AVX2" } else { "portable" });
    compare("6 states (coast)", &Coast { density_m2_s3: 1e-3 })?;
    compare("9 states (boost)", &Boost { density_m2_s5: 1.0 })
}

/// The update as it stands in a textbook: Jacobian, inverse of the innovation's covariance, Joseph's form.
fn textbook<const N: usize>(track: &mut Gaussian<N>, model: &impl Dynamics<N>, observation: &Observation) {
    let (mean, transition) = propagate(model, &track.mean, 1.0, LONGEST_STEP_S);
    let covariance = transition * track.covariance * transition.transpose() + model.process_noise(1.0);
    let Some(prediction) = observation.predict(&mean.fixed_rows::<3>(0).into()) else { return };
    let (mut jacobian, mut residual) = (SMatrix::<f64, 3, N>::zeros(), Vector3::zeros());
    let mut noise = Matrix3::zeros();
    for (row, component) in prediction.components().iter().enumerate() {
        jacobian.fixed_view_mut::<1, 3>(row, 0).copy_from(&component.gradient.transpose());
        (residual[row], noise[(row, row)]) = (component.residual, component.variance);
    }
    let innovation_covariance = jacobian * covariance * jacobian.transpose() + noise;
    let Some(inverse) = innovation_covariance.try_inverse() else { return };
    let gain = covariance * jacobian.transpose() * inverse;
    let rest = SMatrix::<f64, N, N>::identity() - gain * jacobian;
    track.mean = mean + gain * residual;
    track.covariance = rest * covariance * rest.transpose() + gain * noise * gain.transpose();
    black_box(residual.dot(&(inverse * residual)) + libm::log(innovation_covariance.determinant()));
}

fn compare<const N: usize, const PACKED: usize>(
    name: &str,
    model: &(impl Dynamics<N> + BlockDynamics<N, PACKED>),
) -> Result<(), SceneError> {
    let (tracks, looks) = tracks(model, &Surroundings::ABOVE_THE_AIR, TRACKS)?;
    let sightings =
        looks.iter().map(Sighting::new).collect::<Option<Vec<_>>>().ok_or("a look without range")?;
    let (fours, _) = tracks.as_chunks::<{ Lanes::COUNT }>();
    let (four_looks, _) = looks.as_chunks::<{ Lanes::COUNT }>();
    let singles: Vec<Block<N, PACKED, f64>> = tracks.iter().map(Block::from).collect();
    let blocks: Vec<Block<N, PACKED>> = fours.iter().map(Block::from).collect();
    let side_by_side =
        four_looks.iter().map(Sighting::beside).collect::<Option<Vec<_>>>().ok_or("a look without range")?;
    let second = Lanes::splat(1.0);

    let mut ways = [
        Way::new("nalgebra, Gaussian, update_at", || {
            run(&tracks, &looks, |track, look| {
                track.predict(model, 1.0, LONGEST_STEP_S);
                let at = track.mean;
                black_box(track.update_at(look, &at));
            })
        }),
        Way::new("nalgebra, Gaussian, update_observation", || {
            run(&tracks, &looks, |track, look| {
                track.predict(model, 1.0, LONGEST_STEP_S);
                black_box(track.update_observation(look));
            })
        }),
        Way::new("nalgebra, as in a textbook", || {
            run(&tracks, &looks, |track, look| textbook(track, model, look))
        }),
        Way::new("kernel, one track", || {
            run(&singles, &sightings, |track, sighting| {
                track.predict(model, 1.0);
                black_box(track.update(sighting));
            })
        }),
        Way::new("kernel, four, portable", || {
            run(&blocks, &side_by_side, |block, sighting| {
                portable(Predict { block, model, seconds: second });
                black_box(portable(Update { block, sighting }));
            })
        }),
        Way::new("kernel, four, dispatched", || {
            run(&blocks, &side_by_side, |block, sighting| {
                block.predict(model, second);
                black_box(block.update(sighting));
            })
        }),
        Way::new("  of which predict", || run(&blocks, four_looks, |block, _| block.predict(model, second))),
        Way::new("  of which update", || {
            run(&blocks, &side_by_side, |block, sighting| {
                black_box(block.update(sighting));
            })
        }),
        Way::new("  with observations put side by side", || {
            run(&blocks, four_looks, |block, looks| {
                block.predict(model, second);
                black_box(Sighting::beside(looks).map(|sighting| block.update(&sighting)));
            })
        }),
    ];
    for _ in 0..ROUNDS {
        ways.iter_mut().for_each(Way::time);
    }
    print(name, &ways);
    Ok(())
}

fn print(name: &str, ways: &[Way<'_>]) {
    println!("{name:40} ns per track   times as fast as update_at, as a textbook");
    let [plain_ns, textbook_ns] = [ways[0].least_ns, ways[2].least_ns];
    for way in ways {
        let ns = way.least_ns;
        println!("{:40} {ns:12.1} {:14.2} {:10.2}", way.name, plain_ns / ns, textbook_ns / ns);
    }
    println!();
}

/// A way to filter all tracks, and the least time that it took, ns per track.
struct Way<'a> {
    name: &'static str,
    run_ns: Box<dyn Fn() -> f64 + 'a>,
    least_ns: f64,
}

impl<'a> Way<'a> {
    fn new(name: &'static str, run_ns: impl Fn() -> f64 + 'a) -> Self {
        Way { name, run_ns: Box::new(run_ns), least_ns: f64::INFINITY }
    }

    fn time(&mut self) {
        self.least_ns = self.least_ns.min((self.run_ns)());
    }
}

/// Does one step on a copy of each belief; ns per track.
fn run<B: Clone, O>(beliefs: &[B], seen: &[O], step: impl Fn(&mut B, &O)) -> f64 {
    let mut beliefs = beliefs.to_vec();
    let start = Instant::now();
    for (belief, seen) in beliefs.iter_mut().zip(seen) {
        step(belief, seen);
    }
    let elapsed_ns = start.elapsed().as_nanos() as f64;
    black_box(&beliefs);
    elapsed_ns / TRACKS as f64
}
