//! How far our numbers lie from those of a reference file.

use super::ReferenceError;
use std::fmt;

/// The worst deviation of each quantity of a file, beside what is tolerated.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Deviations {
    quantities: Vec<Quantity>,
}

/// One quantity over all the steps and cases of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantity {
    /// What was compared, in a reader's words.
    pub name: String,
    /// How many numbers.
    pub count: usize,
    /// The worst deviation; infinite where ours is not a number.
    pub worst: f64,
    /// What is tolerated.
    pub tolerance: f64,
}

impl Quantity {
    fn is_within(&self) -> bool {
        self.worst <= self.tolerance
    }
}

impl Deviations {
    /// Nothing compared yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Compares relative to their size, or absolutely below one: `|ours - theirs| / max(1, |theirs|)`.
    ///
    /// # Errors
    /// [`ReferenceError::Lengths`] when there are more of ones than of the others.
    pub fn relative(
        &mut self,
        name: &str,
        tolerance: f64,
        ours: &[f64],
        theirs: &[f64],
    ) -> Result<(), ReferenceError> {
        self.compare(name, tolerance, ours, theirs, |ours, theirs| {
            (ours - theirs).abs() / theirs.abs().max(1.0)
        })
    }

    /// Compares absolutely: `|ours - theirs|`.
    ///
    /// # Errors
    /// [`ReferenceError::Lengths`] when there are more of ones than of the others.
    pub fn absolute(
        &mut self,
        name: &str,
        tolerance: f64,
        ours: &[f64],
        theirs: &[f64],
    ) -> Result<(), ReferenceError> {
        self.compare(name, tolerance, ours, theirs, |ours, theirs| (ours - theirs).abs())
    }

    fn compare(
        &mut self,
        name: &str,
        tolerance: f64,
        ours: &[f64],
        theirs: &[f64],
        deviation: impl Fn(f64, f64) -> f64,
    ) -> Result<(), ReferenceError> {
        if ours.len() != theirs.len() {
            let (ours, theirs) = (ours.len(), theirs.len());
            return Err(ReferenceError::Lengths { quantity: name.to_owned(), ours, theirs });
        }
        let known = |quantity: &Quantity| quantity.name == name && quantity.tolerance == tolerance;
        let place = self.quantities.iter().position(known).unwrap_or_else(|| {
            self.quantities.push(Quantity { name: name.to_owned(), count: 0, worst: 0.0, tolerance });
            self.quantities.len() - 1
        });
        let quantity = &mut self.quantities[place];
        quantity.count += ours.len();
        for (&ours, &theirs) in ours.iter().zip(theirs) {
            let deviation = deviation(ours, theirs);
            // A maximum would leave out what is not a number.
            let deviation = if deviation.is_nan() { f64::INFINITY } else { deviation };
            quantity.worst = quantity.worst.max(deviation);
        }
        Ok(())
    }

    /// Each quantity, in the order of its first comparison.
    pub fn quantities(&self) -> &[Quantity] {
        &self.quantities
    }

    /// How many numbers were compared.
    pub fn count(&self) -> usize {
        self.quantities.iter().map(|quantity| quantity.count).sum()
    }

    /// Whether every quantity lies within its tolerance.
    pub fn is_within(&self) -> bool {
        self.quantities.iter().all(Quantity::is_within)
    }
}

impl fmt::Display for Deviations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let longest = self.quantities.iter().map(|quantity| quantity.name.chars().count()).max();
        let width = longest.unwrap_or(0).max("quantity".len());
        writeln!(f, "{:width$}  {:>6}  {:>9}  {:>9}", "quantity", "count", "worst", "tolerance")?;
        for quantity in &self.quantities {
            let Quantity { name, count, worst, tolerance } = quantity;
            let verdict = if quantity.is_within() { "ok" } else { "ABOVE" };
            writeln!(f, "{name:width$}  {count:>6}  {worst:>9.1e}  {tolerance:>9.1e}  {verdict}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_of_each_quantity_is_kept() -> Result<(), ReferenceError> {
        let mut deviations = Deviations::new();
        deviations.relative("mean", 1e-3, &[1.0, 2_001.0], &[1.0, 2_000.0])?;
        deviations.relative("mean", 1e-3, &[0.0], &[0.0])?;
        deviations.absolute("count", 0.0, &[3.0], &[3.0])?;
        assert!(deviations.is_within());
        assert_eq!((deviations.count(), deviations.quantities()[0].worst), (4, 5e-4));
        deviations.absolute("count", 0.0, &[3.0], &[4.0])?;
        assert!(!deviations.is_within());
        assert!(deviations.to_string().contains("ABOVE"));
        Ok(())
    }

    #[test]
    fn what_is_not_a_number_is_never_within() -> Result<(), ReferenceError> {
        let mut deviations = Deviations::new();
        deviations.relative("mean", f64::MAX, &[f64::NAN, 1.0], &[1.0, 1.0])?;
        assert!(!deviations.is_within());
        let error = deviations.relative("mean", 1.0, &[1.0], &[1.0, 2.0]).expect_err("lengths differ");
        assert!(error.to_string().contains("1 of ours against 2"));
        Ok(())
    }
}
