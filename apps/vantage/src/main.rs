//! The `vantage` command.
fn main() {}
