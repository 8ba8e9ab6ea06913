//! What must hold whatever goes wrong.

use fusion_core::math::symmetric::Cholesky;
use fusion_core::node::Picture;
use serde::Serialize;
use std::fmt;

/// What must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Invariant {
    /// No panic.
    NoPanic,
    /// Bytes that were changed on their way are not read.
    Checksum,
    /// Tracks, and what a node saves, stay below their limits.
    Bounded,
    /// Covariances are symmetric and positive definite, numbers finite.
    Covariance,
    /// Every scan is used, a second one, too late or refused: the numbers add up.
    Accounted,
    /// A node that heard the same in order has the same picture.
    SamePicture,
    /// A node that comes back from what it saved and what it was sent since is the one that it was.
    Restart,
    /// The same seed gives the same digest.
    SameDigest,
    /// After the faults, the error is soon that of the undisturbed run again.
    Recovery,
}

/// An invariant that does not hold.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Violation {
    /// Which.
    pub invariant: Invariant,
    /// When that was seen, s after the start.
    pub time_s: Option<f64>,
    /// At which node.
    pub node: Option<u16>,
    /// What was found.
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}", self.invariant)?;
        if let Some(time_s) = self.time_s {
            write!(formatter, " at {time_s} s")?;
        }
        if let Some(node) = self.node {
            write!(formatter, ", node {node}")?;
        }
        write!(formatter, ": {}", self.what)
    }
}

/// Most tracks of one picture: those that are not confirmed have a limit of their own (256, but for a part of each
/// sensor that no world here comes to), and no world has so many objects.
pub(crate) const MOST_TRACKS: usize = 300;
/// Most bytes of what a node saves: its tracks at each tick of its history, and what it heard.
pub(crate) const MOST_SAVED_BYTES: usize = 32 << 20;

/// What is wrong with a picture by itself.
pub(crate) fn check_picture(picture: &Picture, time_s: f64, violations: &mut Vec<Violation>) {
    let mut say = |invariant, what| {
        let node = Some(picture.node.0);
        violations.push(Violation { invariant, time_s: Some(time_s), node, what });
    };
    let count = picture.tracks.len();
    if count > MOST_TRACKS {
        say(Invariant::Bounded, format!("{count} tracks; at most {MOST_TRACKS} are allowed"));
    }
    for track in &picture.tracks {
        let (mean, covariance) = (&track.kinematic.mean, &track.kinematic.covariance);
        // To the last bit: whoever makes one makes it so, and what is lost of it is lost for good.
        let is_symmetric = *covariance == covariance.transpose();
        let is_finite = mean.iter().chain(covariance.iter()).all(|number| number.is_finite());
        if !is_finite || !is_symmetric || Cholesky::new(covariance).is_err() {
            let what =
                format!("track {}: finite {is_finite}, symmetric {is_symmetric}: {covariance}", track.id);
            say(Invariant::Covariance, what);
        }
    }
}
