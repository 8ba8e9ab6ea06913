//! Chance: one ChaCha stream for each thing that happens, and the draws from it.
//!
//! A stream's key is a BLAKE3 hash of what it is for, the seed and some numbers, so that no draw depends on how many
//! others were made. Only integer arithmetic, square roots and `libm`: the same bits on every machine.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// One stream of draws.
#[derive(Clone, Debug)]
pub struct Stream {
    generator: ChaCha8Rng,
}

/// Poisson draws multiply uniforms down to exp(-mean); a greater mean is drawn in parts of this.
const POISSON_PART: f64 = 16.0;

impl Stream {
    /// The stream of one purpose, seed and list of numbers (a sensor, a look, an object, a link, a run).
    ///
    /// The purpose is a part of the key: changing its wording changes every draw made under it.
    pub fn new(purpose: &str, seed: u64, numbers: &[u64]) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&(purpose.len() as u64).to_le_bytes());
        hasher.update(purpose.as_bytes());
        hasher.update(&seed.to_le_bytes());
        for number in numbers {
            hasher.update(&number.to_le_bytes());
        }
        Stream { generator: ChaCha8Rng::from_seed(*hasher.finalize().as_bytes()) }
    }

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

    #[test]
    fn draws_have_the_moments_of_their_distributions() {
        let mut stream = Stream::new("moments", 5, &[]);
        let mut check = |expected: [f64; 3], tolerance: [f64; 3], draw: fn(&mut Stream) -> f64| {
            let draws: Vec<f64> = (0..100_000).map(|_| draw(&mut stream)).collect();
            let mean_of = |term: &dyn Fn(f64) -> f64| draws.iter().map(|draw| term(*draw)).sum::<f64>() / 1e5;
            let found = [mean_of(&|x| x), mean_of(&|x| x * x), mean_of(&|x| x * x * x * x)];
            for order in 0..3 {
                assert!((found[order] - expected[order]).abs() < tolerance[order], "{found:?} {expected:?}");
            }
        };
        check([0.0, 1.0, 3.0], [0.013, 0.018, 0.13], |stream| stream.normal());
        check([0.0, 1.0, 3.0], [0.013, 0.018, 0.13], |stream| stream.normal_pair()[1]);
        // One of a pair tells nothing of the other.
        check([0.0, 1.0, 9.0], [0.013, 0.036, 1.2], |stream| {
            let [one, other] = stream.normal_pair();
            one * other
        });
        check([1.0, 2.0, 24.0], [0.013, 0.06, 2.6], |stream| stream.exponential());
        check([20.0, 420.0, 210_820.0], [0.06, 2.4, 2.7e3], |stream| f64::from(stream.poisson(20.0)));
    }

    #[test]
    fn every_part_of_a_key_makes_another_stream() {
        let first = |purpose, seed, numbers: &[u64]| Stream::new(purpose, seed, numbers).uniform();
        let base = first("look", 1, &[2, 3]);
        assert_eq!(base, first("look", 1, &[2, 3]));
        for other in [first("loop", 1, &[2, 3]), first("look", 2, &[2, 3]), first("look", 1, &[3, 2])] {
            assert_ne!(base, other);
        }
        assert_ne!(base, first("look", 1, &[2, 3, 0]));
    }
}
