//! Fusion with what another node says of position and velocity.

use super::{Burnout, Kinematic, MissileFilter};
use crate::math::symmetric::NotPositiveDefinite;

impl MissileFilter {
    /// Puts `fuse` of position and velocity in their place in every possible mode, as fusion with another node's estimate does.
    ///
    /// Probabilities stay. What else a mode holds goes along as far as it hangs on these: a ballistic coefficient that nobody tells
    /// is not known ever less.
    ///
    /// # Errors
    /// That of `fuse`, or of a mode whose covariance is none; the filter is then left as it was.
    pub fn fuse_kinematic<F>(&mut self, fuse: F) -> Result<(), NotPositiveDefinite>
    where
        F: Fn(&Kinematic) -> Result<Kinematic, NotPositiveDefinite>,
    {
        let (mut fused, [boost, coast, reentry]) = (*self, self.probabilities);
        if boost > 0.0 {
            fused.boost.replace_leading(&fuse(&self.boost.leading())?)?;
        }
        if coast > 0.0 {
            let mut joined = self.burnout.joined(&self.coast);
            joined.replace_leading(&fuse(&self.coast)?)?;
            (fused.coast, fused.burnout) = Burnout::split(&joined);
        }
        if reentry > 0.0 {
            fused.reentry.replace_leading(&fuse(&self.reentry.leading())?)?;
        }
        *self = fused;
        Ok(())
    }
}
