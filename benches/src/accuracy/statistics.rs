//! Means over runs with 95 % intervals.

/// Batches of runs that an interval is made from.
const BATCHES: usize = 20;
/// Student's t for 95 % and one degree of freedom fewer than there are batches.
const STUDENT_T: f64 = 2.093;
/// Standard normal quantile for 95 %.
pub const NORMAL: f64 = 1.959_963_984_540_054;

/// Mean and its 95 % interval by the central limit; the interval is empty for a single value.
pub fn mean_interval(values: &[f64]) -> (f64, [f64; 2]) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    let half = NORMAL * (squares / (count - 1.0).max(1.0) / count).sqrt();
    (mean, [mean - half, mean + half])
}

/// Sums of several quantities over runs, in twenty batches, for whatever is made from their means.
///
/// Quenouille's and Tukey's jackknife over the batches: Efron, *The Jackknife, the Bootstrap and Other Resampling Plans*
/// (1982), chapter 3.
#[derive(Clone, Debug)]
pub struct Batches {
    sums: Vec<Vec<f64>>,
    counts: Vec<f64>,
}

impl Batches {
    /// For so many quantities.
    pub fn new(quantities: usize) -> Self {
        Batches { sums: vec![vec![0.0; quantities]; BATCHES], counts: vec![0.0; BATCHES] }
    }

    /// Adds the quantities of one run; its number among all of them chooses the batch.
    pub fn add(&mut self, run: usize, runs: usize, quantities: &[f64]) {
        let batch = (run * BATCHES / runs.max(1)).min(BATCHES - 1);
        self.counts[batch] += 1.0;
        for (sum, quantity) in self.sums[batch].iter_mut().zip(quantities) {
            *sum += quantity;
        }
    }

    /// A statistic of the means over all runs, with its 95 % interval; fewer than twenty runs have none (infinite).
    pub fn statistic(&self, of_means: impl Fn(&[f64]) -> f64) -> (f64, [f64; 2]) {
        let without = |left_out: Option<usize>| {
            let kept = |batch: &usize| Some(*batch) != left_out;
            let count: f64 = (0..BATCHES).filter(kept).map(|batch| self.counts[batch]).sum();
            let means: Vec<f64> = (0..self.sums[0].len())
                .map(|index| {
                    (0..BATCHES).filter(kept).map(|batch| self.sums[batch][index]).sum::<f64>() / count
                })
                .collect();
            of_means(&means)
        };
        let value = without(None);
        if self.counts.contains(&0.0) {
            return (value, [f64::NEG_INFINITY, f64::INFINITY]);
        }
        let leave_one_out: Vec<f64> = (0..BATCHES).map(|batch| without(Some(batch))).collect();
        let centre = leave_one_out.iter().sum::<f64>() / BATCHES as f64;
        let squares: f64 = leave_one_out.iter().map(|part| (part - centre) * (part - centre)).sum();
        let half = STUDENT_T * (squares * (BATCHES - 1) as f64 / BATCHES as f64).sqrt();
        (value, [value - half, value + half])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fusion_core::math::chance::Stream;

    #[test]
    fn the_intervals_hold_the_truth_in_nineteen_of_twenty_studies() {
        let (mut by_mean, mut by_root) = (0, 0);
        let studies = 1_000;
        for study in 0..studies {
            let mut chance = Stream::new("interval", 1, &[study]);
            let squares: Vec<f64> = (0..400).map(|_| chance.normal()).map(|draw| draw * draw).collect();
            let mut batches = Batches::new(1);
            squares.iter().enumerate().for_each(|(run, square)| batches.add(run, 400, &[*square]));
            let holds = |(_, [low, high]): (f64, [f64; 2])| low <= 1.0 && 1.0 <= high;
            by_mean += u32::from(holds(mean_interval(&squares)));
            by_root += u32::from(holds(batches.statistic(|means| means[0].sqrt())));
        }
        // 95 % plus and minus three deviations; a skewed mean of 400 loses a little.
        assert!((925..=972).contains(&by_mean) && (925..=972).contains(&by_root), "{by_mean} {by_root}");
    }
}
