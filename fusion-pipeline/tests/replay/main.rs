//! The pipeline gives what plain calls give, bit for bit, whatever the threads, the rings and the pace.

mod equal;
mod fixture;
