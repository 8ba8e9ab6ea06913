//! Chance: one ChaCha stream for each thing that happens, and the draws from it.
//!
//! A stream's key is a BLAKE3 hash of what it is for, the seed, the run and three numbers (sensor, look, object), so
//! that no draw depends on how many others were made: every regime of a run sees the same noise, and another sensor
//! or object changes nothing for those that were there. Only integer arithmetic, square roots and `libm`: the same
//! bits on every machine.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// What a stream of draws is for. The numbers are part of the stream's key: never change one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Whether an object is seen in a look, and with what error.
    Detection = 1,
    /// The false plots of a look.
    Clutter = 2,
    /// What differs from run to run in an object itself.
    Object = 3,
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
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"vantage sensor-sim chance 1");
        hasher.update(&(purpose as u32).to_le_bytes());
        hasher.update(&self.seed.to_le_bytes());
        hasher.update(&self.run.to_le_bytes());
        hasher.update(&sensor.to_le_bytes());
        hasher.update(&look.to_le_bytes());
        hasher.update(&object.to_le_bytes());
        Stream { generator: ChaCha8Rng::from_seed(*hasher.finalize().as_bytes()) }
    }
}

/// One stream of draws.
#[derive(Clone, Debug)]
pub struct Stream {
    generator: ChaCha8Rng,
}

/// Poisson draws multiply uniforms down to exp(-mean); a greater mean is drawn in parts of this.
const POISSON_PART: f64 = 16.0;

impl Stream {
    /// Uniform in [0, 1), a multiple of 2⁻⁵³.
    pub fn uniform(&mut self) -> f64 {
        (self.generator.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Uniform in [low, high).
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }

    /// Two independent standard normal draws: Box and Muller, *Ann. Math. Stat.* 29 (1958) 610-611. Always consumes
    /// two uniforms; the greatest magnitude it can give is 8.6.
    pub fn normal_pair(&mut self) -> [f64; 2] {
        // One minus a number in [0, 1) is never zero.
        let radius = (-2.0 * libm::log(1.0 - self.uniform())).sqrt();
        let (sine, cosine) = libm::sincos(std::f64::consts::TAU * self.uniform());
        [radius * cosine, radius * sine]
    }

    /// A standard normal draw. Consumes two uniforms; take [`Stream::normal_pair`] where two are needed.
    pub fn normal(&mut self) -> f64 {
        self.normal_pair()[0]
    }

    /// An exponential draw with mean one.
    pub fn exponential(&mut self) -> f64 {
        -libm::log(1.0 - self.uniform())
    }

    /// A Poisson draw: Knuth, *The Art of Computer Programming* 2, 3.4.1, in parts of a mean of at most 16.
    ///
    /// Zero where `mean` is not positive or not a number. Takes time in proportion to the mean, which is cut at 10⁶.
    pub fn poisson(&mut self, mean: f64) -> u32 {
        let mut left = if mean > 0.0 { mean.min(1e6) } else { 0.0 };
        let mut count = 0;
        while left > 0.0 {
            let part = left.min(POISSON_PART);
            left -= part;
            let floor = libm::exp(-part);
            let mut product = 1.0 - self.uniform();
            while product > floor {
                count += 1;
                product *= 1.0 - self.uniform();
            }
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
        4_605_942_867_432_499_555,
        4_605_028_973_679_259_928,
        4_601_622_122_946_317_886,
        4_607_182_418_800_017_408,
    ];

    #[test]
    fn a_mean_that_makes_no_sense_gives_no_count() {
        for mean in [0.0, -1.0, f64::NAN, f64::NEG_INFINITY] {
            assert_eq!(stream(0).poisson(mean), 0);
        }
        assert!(stream(0).poisson(f64::INFINITY) > 900_000);
    }
}
