//! What the fuzzers run: bytes in, the library called as a stranger would, its promises checked.
//!
//! A target is a plain function that panics where a promise is broken. `fuzz/` calls it from libFuzzer; the test of this
//! crate calls it on every file of `fuzz/corpus/`, so that whatever was found once stays mended.
#![forbid(unsafe_code)]

mod assignment;
mod bytes;
mod codec;
mod fusion;
mod message;
mod node;
mod scenario;
mod seeds;
mod world;

pub use assignment::assignment;
pub use codec::recording;
pub use fusion::fusion;
pub use message::message;
pub use node::node;
pub use scenario::scenario;
pub use seeds::seeds;

/// A target by the name of its folder in the corpus.
pub type Target = (&'static str, fn(&[u8]));

/// All of them.
pub const TARGETS: [Target; 6] = [
    ("recording", recording),
    ("scenario", scenario),
    ("message", message),
    ("node", node),
    ("fusion", fusion),
    ("assignment", assignment),
];
