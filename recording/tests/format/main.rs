//! The format from outside: what is written comes back, and nothing that was damaged does.

mod damage;
mod every_bit;
mod hostile;
mod judged;
mod layout;
mod round_trip;
mod sample;
