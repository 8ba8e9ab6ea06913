//! The pipeline gives what plain calls give, bit for bit, whatever the threads, the rings and the pace; and it ends, and
//! says why, when something goes wrong.

mod ending;
mod equal;
mod feeds;
mod fixture;
mod idle;
mod live;
mod pace;
