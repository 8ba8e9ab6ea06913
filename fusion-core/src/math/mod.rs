//! Small mathematics that the stages share.
