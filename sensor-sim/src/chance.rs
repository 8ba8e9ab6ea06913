//! Chance: which stream of draws belongs to what happens.
//!
//! One stream for each (purpose, seed, run, sensor, look, object), so that no draw depends on how many others were
//! made: every regime of a run sees the same noise, and another sensor or object changes nothing for those that were
//! there. The draws themselves are [`fusion_core::math::chance`]'s.

pub use fusion_core::math::chance::Stream;

/// What a stream of draws is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Whether an object is seen in a look, and with what error.
    Detection,
    /// The false plots of a look.
    Clutter,
    /// Whether a look gets lost on its way.
    LostLook,
    /// The error of a sensor's navigation.
    Navigation,
    /// What differs from run to run in an object itself.
    Object,
    /// What differs from run to run in how a flight is launched.
    Launch,
    /// How the pieces of a flight that breaks up fly apart.
    Fragment,
}

impl Purpose {
    /// Its part of the key. Changing one changes every draw made under it.
    fn key(self) -> &'static str {
        match self {
            Purpose::Detection => "sensor-sim: detection",
            Purpose::Clutter => "sensor-sim: clutter",
            Purpose::LostLook => "sensor-sim: lost look",
            Purpose::Navigation => "sensor-sim: navigation",
            Purpose::Object => "sensor-sim: object",
            Purpose::Launch => "sensor-sim: launch",
            Purpose::Fragment => "sensor-sim: fragment",
        }
    }
}

/// The seed of a study and the number of a run in it: what all streams of a simulation share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed {
    /// Seed of the whole study.
    pub seed: u64,
    /// Number of the run.
    pub run: u32,
}

impl Seed {
    /// The stream of one (purpose, sensor, look, object); give zero where one doesn't apply.
    pub fn stream(self, purpose: Purpose, sensor: u16, look: u32, object: u32) -> Stream {
        let numbers = [u64::from(self.run), u64::from(sensor), u64::from(look), u64::from(object)];
        Stream::new(purpose.key(), self.seed, &numbers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
    use rand_distr::{Distribution, Exp1, Poisson, StandardNormal};

    const COUNT: u32 = 40_000;

    fn stream(object: u32) -> Stream {
        Seed { seed: 7, run: 3 }.stream(Purpose::Detection, 2, 5, object)
    }

    /// Mean, variance, third and fourth central moment.
    fn moments(draws: &[f64]) -> [f64; 4] {
        let count = draws.len() as f64;
        let mean = draws.iter().sum::<f64>() / count;
        let central = |power: u32| {
            let term = |draw: &f64| (0..power).fold(1.0, |product, _| product * (draw - mean));
            draws.iter().map(term).sum::<f64>() / count
        };
        [mean, central(2), central(3), central(4)]
    }

    /// Ours against the expected moments and against the oracle's sample, each within its tolerance.
    fn compare(ours: &[f64], oracle: &[f64], expected: [f64; 4], tolerance: [f64; 4]) {
        let (ours, oracle) = (moments(ours), moments(oracle));
        for order in 0..4 {
            let allowed = tolerance[order];
            assert!((ours[order] - expected[order]).abs() < allowed, "{ours:?} against {expected:?}");
            assert!((ours[order] - oracle[order]).abs() < 1.5 * allowed, "{ours:?} against {oracle:?}");
        }
    }

    #[test]
    fn draws_have_the_moments_of_their_distributions() {
        // Tolerances: about four standard errors of each sample moment at this count; a 5 % error in a scale fails.
        let (mut left, mut right) = (stream(1), ChaCha8Rng::from_seed([9; 32]));
        let mut sample = |ours: &mut dyn FnMut(&mut Stream) -> f64,
                          oracle: &mut dyn FnMut(&mut ChaCha8Rng) -> f64| {
            let ours: Vec<f64> = (0..COUNT).map(|_| ours(&mut left)).collect();
            let oracle: Vec<f64> = (0..COUNT).map(|_| oracle(&mut right)).collect();
            (ours, oracle)
        };
        let (ours, oracle) = sample(&mut |s| s.normal(), &mut |r| StandardNormal.sample(r));
        compare(&ours, &oracle, [0.0, 1.0, 0.0, 3.0], [0.02, 0.03, 0.05, 0.2]);
        let (ours, oracle) = sample(&mut |s| s.normal_pair()[1], &mut |r| StandardNormal.sample(r));
        compare(&ours, &oracle, [0.0, 1.0, 0.0, 3.0], [0.02, 0.03, 0.05, 0.2]);
        let (ours, oracle) = sample(&mut |s| s.exponential(), &mut |r| Exp1.sample(r));
        compare(&ours, &oracle, [1.0, 1.0, 2.0, 9.0], [0.02, 0.06, 0.4, 3.0]);
        for mean in [0.2, 5.0, 40.0] {
            let poisson = Poisson::new(mean).expect("a mean");
            let (ours, oracle) = sample(&mut |s| f64::from(s.poisson(mean)), &mut |r| poisson.sample(r));
            let fourth = mean + 3.0 * mean * mean;
            let scale = mean.max(1.0);
            let tolerance =
                [0.02 * scale.sqrt(), 0.04 * scale, 0.1 * scale * scale.sqrt(), 0.1 * fourth.max(2.0)];
            compare(&ours, &oracle, [mean, mean, mean, fourth], tolerance);
        }
        let uniform: Vec<f64> = (0..COUNT).map(|_| left.uniform()).collect();
        assert!(uniform.iter().all(|draw| (0.0..1.0).contains(draw)));
        compare(&uniform, &uniform, [0.5, 1.0 / 12.0, 0.0, 1.0 / 80.0], [0.006, 0.001, 0.0005, 0.0003]);
    }

    #[test]
    fn every_part_of_a_key_makes_another_stream_and_the_same_key_the_same() {
        let seed = Seed { seed: 1, run: 2 };
        let first = |mut stream: Stream| stream.uniform();
        let base = first(seed.stream(Purpose::Detection, 3, 4, 5));
        assert_eq!(base, first(seed.stream(Purpose::Detection, 3, 4, 5)));
        for other in [
            Seed { seed: 2, ..seed }.stream(Purpose::Detection, 3, 4, 5),
            Seed { run: 3, ..seed }.stream(Purpose::Detection, 3, 4, 5),
            seed.stream(Purpose::Clutter, 3, 4, 5),
            seed.stream(Purpose::Detection, 4, 4, 5),
            seed.stream(Purpose::Detection, 3, 5, 5),
            seed.stream(Purpose::Detection, 3, 4, 6),
        ] {
            assert_ne!(base, first(other));
        }
    }

    #[test]
    fn the_bits_of_a_stream_are_pinned() {
        let mut stream = Seed { seed: 1, run: 0 }.stream(Purpose::Detection, 0, 0, 0);
        let draws = [stream.uniform(), stream.normal(), stream.exponential(), f64::from(stream.poisson(3.0))];
        assert_eq!(draws.map(f64::to_bits), PINNED, "{draws:?}");
    }

    const PINNED: [u64; 4] = [
        4_606_988_204_855_267_246,
        4_615_242_439_525_681_755,
        4_610_907_447_492_576_298,
        4_607_182_418_800_017_408,
    ];
}
