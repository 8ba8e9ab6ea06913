use crate::dynamics::{Coast, ConstantVelocity, Dynamics, propagate};
use crate::filter::Gaussian;
use crate::math::chance::Stream;
use nalgebra::{SMatrix, SVector, Vector3, Vector6};

const LONGEST_STEP_S: f64 = 1.0;

fn prior(seed: u64) -> Gaussian<6> {
    let mut chance = Stream::new("retrodiction", seed, &[]);
    let factor =
        SMatrix::<f64, 6, 6>::from_fn(|row, column| chance.normal() + if row == column { 4.0 } else { 0.0 });
    Gaussian { mean: SVector::from_fn(|_, _| chance.normal()), covariance: factor * factor.transpose() }
}

/// Measures the three axes with different noise.
fn measure(state: &mut Gaussian<6>, values_m: &Vector3<f64>) {
    let at = state.mean;
    for axis in 0..3 {
        let gradient = Vector3::ith(axis, 1.0);
        state.update_scalar(&gradient, values_m[axis] - at[axis], 0.5 + axis as f64, &at);
    }
}

/// The estimate in order, and with the measurement of `late_s` last; the others are made at whole seconds.
fn both_ways(model: &impl Dynamics<6>, seed: u64, late_s: f64, others_s: &[f64]) -> [Gaussian<6>; 2] {
    let earlier = prior(seed);
    let mut chance = Stream::new("late values", seed, &[]);
    let mut value = |_: &f64| Vector3::from_fn(|_, _| 5.0 * chance.normal());
    let (late, others): (_, Vec<_>) =
        (value(&late_s), others_s.iter().map(|at_s| (*at_s, value(at_s))).collect());
    let run = |measured: &[(f64, Vector3<f64>)]| {
        let (mut state, mut now_s) = (earlier, 0.0);
        for (at_s, values_m) in measured {
            state.predict(model, at_s - now_s, LONGEST_STEP_S);
            measure(&mut state, values_m);
            now_s = *at_s;
        }
        (state, now_s)
    };
    let mut all = others.clone();
    all.push((late_s, late));
    all.sort_by(|(one, _), (other, _)| one.total_cmp(other));
    let (in_order, _) = run(&all);
    let (now, now_s) = run(&others);
    let mut retrodicted =
        now.retrodict((&earlier, now_s), now_s - late_s, model, LONGEST_STEP_S).expect("sound");
    let at = retrodicted.then.mean;
    for axis in 0..3 {
        let gradient = Vector3::ith(axis, 1.0);
        retrodicted.update_scalar(&gradient, late[axis] - at[axis], 0.5 + axis as f64, &at);
    }
    [in_order, retrodicted.now]
}

fn differ(one: &Gaussian<6>, other: &Gaussian<6>) -> f64 {
    (one.mean - other.mean).norm() + (one.covariance - other.covariance).norm()
}

#[test]
fn one_step_late_is_exact_whatever_the_noise() {
    for seed in 0..20 {
        for density_m2_s3 in [0.0, 0.1, 10.0] {
            let model = ConstantVelocity { density_m2_s3 };
            let [in_order, late] = both_ways(&model, seed, 0.7, &[2.0]);
            assert!(differ(&in_order, &late) < 1e-10, "{in_order:?} {late:?}");
        }
    }
}

#[test]
fn several_steps_late_is_exact_without_noise_and_near_with_little() {
    let others = [1.0, 2.0, 3.0, 4.0, 5.0];
    for seed in 0..20 {
        let [in_order, late] = both_ways(&ConstantVelocity { density_m2_s3: 0.0 }, seed, 1.5, &others);
        assert!(differ(&in_order, &late) < 1e-9, "{in_order:?} {late:?}");
        // Over the span this noise adds 0.004 m² to positions that are measured to 0.5 m².
        let [in_order, late] = both_ways(&ConstantVelocity { density_m2_s3: 1e-4 }, seed, 1.5, &others);
        let sigmas =
            crate::math::symmetric::mahalanobis_squared(&(in_order.mean - late.mean), &in_order.covariance)
                .expect("positive")
                .sqrt();
        assert!(sigmas > 1e-6 && sigmas < 0.1, "{sigmas}");
    }
}

#[test]
fn what_is_said_of_then_is_what_a_smoother_says() {
    // One step, and no measurement since: forward from the past and back again.
    let model = Coast { density_m2_s3: 2.0 };
    let earlier = Gaussian::<6> {
        mean: Vector6::new(6.6e6, 1e5, 3e5, 1e3, 2e3, 1.5e3),
        covariance: SMatrix::from_diagonal(&Vector6::new(1e4, 2e4, 3e4, 25.0, 36.0, 49.0)),
    };
    let mut now = earlier;
    now.predict(&model, 10.0, LONGEST_STEP_S);
    let mut then = earlier;
    then.predict(&model, 4.0, LONGEST_STEP_S);
    let retrodicted = now.retrodict((&earlier, 10.0), 6.0, &model, LONGEST_STEP_S).expect("sound");
    assert!((retrodicted.then.mean - then.mean).norm() < 1e-6);
    // A prediction in two steps has the noise of two steps: the covariance returns to a part in a thousand.
    assert!((retrodicted.then.covariance - then.covariance).norm() < 1e-3 * then.covariance.norm());
    let (_, transition) = propagate(&model, &then.mean, 6.0, LONGEST_STEP_S);
    let expected = transition * then.covariance;
    assert!((retrodicted.cross - expected).norm() < 1e-3 * expected.norm());
}

/// A coast that a radar looks at each second, to 100 m in each axis; each look comes late by a span of its own, up to half a
/// minute. Squared position errors over all seconds by going back, by retrodiction and by leaving out what is late.
fn half_a_minute_late(density_m2_s3: f64, seed: u64) -> [f64; 3] {
    const TICKS: usize = 150;
    const SIGMA_M: f64 = 100.0;
    let model = Coast { density_m2_s3 };
    let mut chance = Stream::new("half a minute late", seed, &[]);
    let sigmas = Vector6::new(1e3, 1e3, 1e3, 50.0, 50.0, 50.0);
    let mean = Vector6::new(-3.2e6, 4.2e6, 4.1e6, -1.5e3, 1.2e3, 1.8e3);
    let prior = Gaussian::<6> { mean, covariance: SMatrix::from_diagonal(&sigmas.component_mul(&sigmas)) };
    let noise = crate::math::symmetric::Cholesky::new(&model.process_noise(1.0)).expect("positive");
    let mut truth = vec![mean + sigmas.map(|sigma| sigma * chance.normal())];
    // Tick of arrival and measured position of the look at each tick but the first.
    let mut looks = vec![(0, Vector3::zeros())];
    for tick in 1..=TICKS {
        let (moved, _) = propagate(&model, &truth[tick - 1], 1.0, LONGEST_STEP_S);
        let state = moved + noise.lower() * Vector6::from_fn(|_, _| chance.normal());
        let measured_m = state.fixed_rows::<3>(0) + Vector3::from_fn(|_, _| SIGMA_M * chance.normal());
        looks.push((tick + chance.between(0.0, 30.0) as usize, measured_m));
        truth.push(state);
    }
    let take = |state: &mut Gaussian<6>, measured_m: &Vector3<f64>| {
        let at = state.mean;
        for axis in 0..3 {
            let residual = measured_m[axis] - at[axis];
            state.update_scalar(&Vector3::ith(axis, 1.0), residual, SIGMA_M * SIGMA_M, &at);
        }
    };
    // From one tick to the next, with the look of the latter if it has come by `now`.
    let step = |state: &Gaussian<6>, tick: usize, now: usize| {
        let mut state = *state;
        state.predict(&model, 1.0, LONGEST_STEP_S);
        if looks[tick].0 <= now {
            take(&mut state, &looks[tick].1);
        }
        state
    };
    let mut ways = [vec![prior], vec![prior], vec![prior]];
    let mut squares = [0.0; 3];
    for now in 1..=TICKS {
        let back = (1..now).find(|tick| looks[*tick].0 == now).unwrap_or(now);
        ways[0].truncate(back);
        for tick in back..=now {
            let state = step(&ways[0][tick - 1], tick, now);
            ways[0].push(state);
        }
        let mut state = ways[1][now - 1];
        for tick in (1..now).filter(|tick| looks[*tick].0 == now) {
            let (before, ago_s) = (&ways[1][tick - 1], (now - tick) as f64);
            let mut late =
                state.retrodict((before, ago_s), ago_s - 1.0, &model, LONGEST_STEP_S).expect("sound");
            let at = late.then.mean;
            for axis in 0..3 {
                let residual = looks[tick].1[axis] - at[axis];
                late.update_scalar(&Vector3::ith(axis, 1.0), residual, SIGMA_M * SIGMA_M, &at);
            }
            late.now.symmetrise();
            state = late.now;
        }
        ways[1].push(step(&state, now, now));
        let kept = step(&ways[2][now - 1], now, now);
        ways[2].push(kept);
        for (square, states) in squares.iter_mut().zip(&ways) {
            *square += (states[now].mean - truth[now]).fixed_rows::<3>(0).norm_squared();
        }
    }
    squares
}

#[test]
fn half_a_minute_late_costs_retrodiction_less_than_two_per_cent() {
    let ratios = |density_m2_s3: f64| {
        let mut sums = [0.0; 3];
        for seed in 0..100 {
            let squares = half_a_minute_late(density_m2_s3, seed);
            sums.iter_mut().zip(squares).for_each(|(sum, square)| *sum += square);
        }
        [(sums[1] / sums[0]).sqrt(), (sums[2] / sums[0]).sqrt()]
    };
    // The trackers' own noise of the coast, and more, up to where it ends.
    for density_m2_s3 in [1e-8, 1e-2, 10.0] {
        let [retrodicted, refused] = ratios(density_m2_s3);
        assert!(retrodicted < 1.02, "{density_m2_s3}: {retrodicted}");
        assert!(refused > 1.5, "{density_m2_s3}: {refused}");
    }
    let [retrodicted, _] = ratios(100.0);
    assert!(retrodicted > 1.02, "{retrodicted}");
}
